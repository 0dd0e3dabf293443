"""Every word of the simulated event. Its institution, cities and figures are invented."""

from storage.model import Names

PROGRAMME = Names(
    ar="أيام الأبواب المفتوحة (محاكاة)",
    fr="Journées portes ouvertes (simulation)",
    en="Open Days (simulated)",
)
EARLIER_CITY = Names(ar="وجدة", fr="Oujda", en="Oujda")
CURRENT_CITY = Names(ar="الرباط", fr="Rabat", en="Rabat")

MAIN_CHANNEL = "الأبواب المفتوحة (محاكاة)"
SECOND_CHANNEL = "Portes ouvertes : direct (simulation)"
RADIO = "إذاعة الأبواب المفتوحة (محاكاة)"

OPENING = "حفل الافتتاح الرسمي لأيام الأبواب المفتوحة"
GROUNDS = "مباشر من فضاء المعرض | اليوم {day}"
K9 = "عرض فرقة الكلاب المدربة للشرطة (K9)"
MOUNTED = "عروض فرقة الخيالة"
SPECIAL_UNITS = "استعراض وحدات التدخل السريع"
MOTORCYCLES = "Parade de la brigade motocycliste | استعراض الدراجين"
CLOSING = "حفل الاختتام"

TRAFFIC_TALK = "Sécurité routière : rencontre avec les écoles"
CYBER_STAND = "Inside the cybercrime stand: how scams are traced"
CHILDREN = "École de la circulation pour les enfants"
FORENSICS = "Forensics open lab: reading a scene"

HIGHLIGHTS = "أبرز لحظات اليوم {day}"
BEHIND = "Dans les coulisses, jour {day}"

HASHTAGS = "#OpenDaysSimulated #الأبواب_المفتوحة"

RADIO_TITLES = (
    "نشرة الصباح",
    'ضيف اليوم: "الأمن الرقمي"',
    "Le journal de 13 h",
    "Road safety: questions & answers",
    "أغاني وطنية",
)


def edition_names(city: Names, year: int) -> Names:
    """Return the name of the edition held in ``city`` in ``year``."""
    return Names(
        ar=f"دورة {city.ar} {year} (محاكاة)",
        fr=f"Édition de {city.fr} {year} (simulation)",
        en=f"{city.en} {year} (simulated)",
    )
