"""What pages show, built once for all viewers from what is published."""
