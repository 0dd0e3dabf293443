"""What an edition will ask of each platform: timetable, simulation, report and rehearsal."""
