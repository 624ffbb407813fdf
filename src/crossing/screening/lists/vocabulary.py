"""What ministries call their columns, in French, English and Arabic."""

from types import MappingProxyType
from typing import Final

JOINED: Final = frozenset({"given_names", "full_name", "aliases", "nationalities", "remarks"})
"""Fields that several columns of a file may make up together."""

_ORDERS: Final = {
    "action": (
        "action", "conduite à tenir", "mesure", "mesures à prendre", "instruction", "action to take",
        "الإجراء", "الإجراء المطلوب", "التعليمات",
    ),
    "caution": ("dangerosité", "danger", "mise en garde", "warning", "caution", "تحذير", "الخطورة"),
    "handling": ("traitement", "consigne", "prise en charge", "handling", "المعاملة"),
    "notice_colour": ("couleur de la notice", "notice", "notice colour", "notice color", "لون النشرة"),
    "legal_basis": (
        "base légale", "fondement juridique", "motif légal", "mandat", "numéro du mandat", "legal basis", "warrant",
        "الأساس القانوني", "السند القانوني",
    ),
    "authority": (
        "autorité", "autorité requérante", "tribunal", "juridiction", "juge", "authority", "ordered by",
        "السلطة", "الجهة", "الجهة الآمرة", "المحكمة",
    ),
    "owner": (
        "service", "service responsable", "propriétaire", "responsable", "owner", "responsible",
        "المسؤول", "الجهة المسؤولة",
    ),
    "review_on": (
        "date de révision", "à revoir le", "date de réexamen", "review date", "review on", "تاريخ المراجعة",
    ),
    "expires_on": (
        "date d'expiration", "expire le", "fin de validité", "date de fin", "valable jusqu'au", "expiry date",
        "expires on", "expiration date", "valid until", "تاريخ الانتهاء", "تاريخ انتهاء الصلاحية", "صالح لغاية",
    ),
}  # fmt: skip

_REFERENCE: Final = (
    "reference", "référence", "réf", "ref", "id", "identifiant", "numéro de fiche", "numéro fiche",
    "numéro de dossier",
    "numéro dossier", "numéro de référence", "numéro", "numéro d'ordre", "matricule", "record number", "entry number",
    "file number", "case number", "المرجع", "الرقم المرجعي", "رقم الملف", "رقم القيد", "رقم", "الرقم",
)  # fmt: skip

_REASON: Final = ("reason", "motif", "raison", "motif de recherche", "cause", "statut", "status", "السبب", "سبب")

_DOCUMENT_NUMBER: Final = (
    "document number", "document no", "passport", "passport number", "passport no", "numéro de passeport",
    "numéro passeport", "numéro du passeport", "passeport", "numéro de document", "numéro du document",
    "numéro document", "numéro de pièce", "numéro de la pièce", "numéro de la pièce d'identité", "pièce d'identité",
    "numéro cni", "numéro de cni", "cni", "id number", "رقم الجواز", "رقم جواز السفر", "جواز السفر", "رقم الوثيقة",
    "رقم البطاقة", "رقم بطاقة التعريف", "رقم الهوية",
)  # fmt: skip

_DOCUMENT_TYPE: Final = (
    "document type", "type of document", "type de document", "type document", "type de pièce", "nature du document",
    "nature de la pièce", "نوع الوثيقة", "نوع المستند",
)  # fmt: skip

_ISSUER: Final = (
    "issuing state", "issuing country", "country of issue", "issuer", "pays de délivrance", "pays émetteur",
    "état émetteur", "pays d'émission", "délivré par", "دولة الإصدار", "بلد الإصدار", "جهة الإصدار",
)  # fmt: skip

_PERSONS: Final = {
    "reference": _REFERENCE,
    "surname": (
        "surname", "last name", "family name", "nom", "noms", "nom de famille", "nom patronymique", "patronyme",
        "اللقب", "اسم العائلة", "لقب العائلة", "النسب", "الاسم العائلي",
    ),
    "given_names": (
        "given names", "given name", "first name", "first names", "forename", "forenames", "prénom", "prénoms",
        "prénom(s)", "الاسم", "الاسم الأول", "الاسم الشخصي", "اسم الأب", "father's name", "nom du père",
    ),
    "full_name": (
        "full name", "name", "name in full", "nom complet", "nom et prénom", "nom et prénoms", "nom et prénom(s)",
        "noms et prénoms", "nom prénom", "nom prénoms", "identité", "الاسم الكامل", "الاسم واللقب", "الاسم الثلاثي",
        "الإسم الكامل", "الاسم بالكامل",
    ),
    "aliases": (
        "alias", "aliases", "aka", "also known as", "other names", "autres noms", "dit", "surnom", "surnoms",
        "pseudonyme", "الاسم المستعار", "أسماء أخرى", "الشهرة", "المعروف باسم",
    ),
    "birth_dates": (
        "date of birth", "birth date", "dob", "born on", "year of birth", "date de naissance", "date naissance",
        "ddn",
        "né le", "née le", "né(e) le", "année de naissance", "تاريخ الميلاد", "تاريخ الولادة", "تاريخ الازدياد",
        "سنة الميلاد",
    ),
    "sex": ("sex", "gender", "sexe", "genre", "الجنس", "النوع"),
    "nationalities": (
        "nationality", "nationalities", "citizenship", "nationalité", "nationalités", "pays de nationalité",
        "الجنسية",
        "الجنسيات",
    ),
    "document_number": _DOCUMENT_NUMBER,
    "document_type": _DOCUMENT_TYPE,
    "document_state": _ISSUER,
    "portrait": ("portrait", "photo", "photographie", "picture", "image", "الصورة", "صورة"),
    "remarks": (
        "remarks", "notes", "comments", "observations", "remarques", "commentaires", "motif", "reason", "ملاحظات",
        "الملاحظات", "السبب",
    ),
    **_ORDERS,
}  # fmt: skip

_DOCUMENTS: Final = {
    "reference": _REFERENCE,
    "number": ("number", *_DOCUMENT_NUMBER),
    "issuing_state": ("country", "pays", "state", "état", *_ISSUER, "البلد", "الدولة"),
    "type": ("type", *_DOCUMENT_TYPE, "النوع"),
    "reason": _REASON,
    **_ORDERS,
}

_VEHICLES: Final = {
    "reference": _REFERENCE,
    "plate": (
        "plate", "number plate", "licence plate", "license plate", "plate number", "registration",
        "registration number",
        "immatriculation", "numéro d'immatriculation", "numéro immatriculation", "plaque",
        "plaque d'immatriculation", "numéro de plaque", "اللوحة", "رقم اللوحة", "لوحة الترقيم", "رقم التسجيل",
        "رقم الترقيم", "رقم السيارة", "رقم المركبة",
    ),
    "country": (
        "country", "country of registration", "registration country", "pays", "pays d'immatriculation", "البلد",
        "الدولة", "بلد التسجيل",
    ),
    "vin": (
        "vin", "vin number", "chassis", "chassis number", "chassis no", "châssis", "numéro de châssis",
        "numéro châssis", "numéro de série", "numéro vin", "رقم الهيكل", "رقم الشاسيه", "رقم القاعدة", "الهيكل",
    ),
    "make": ("make", "brand", "manufacturer", "marque", "constructeur", "الماركة", "العلامة", "الصانع"),
    "model": ("model", "modèle", "type", "الطراز", "الموديل"),
    "colour": ("colour", "color", "couleur", "اللون"),
    "reason": _REASON,
    **_ORDERS,
}  # fmt: skip

HEADERS: Final = MappingProxyType(
    {"national_persons": _PERSONS, "national_documents": _DOCUMENTS, "national_vehicles": _VEHICLES}
)
"""For each format and each of its fields the column names that mean it."""
