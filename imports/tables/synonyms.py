"""What other systems and languages call our columns. Names are written as `layout.plain` and `layout.unaccented` leave them."""

# English, as it stands in the exports of personnel systems.
COMMON_NAMES = {
    "e_mail": "email",
    "mail": "email",
    "email_address": "email",
    "e_mail_address": "email",
    "given_name": "first_name",
    "firstname": "first_name",
    "surname": "last_name",
    "family_name": "last_name",
    "lastname": "last_name",
    "employee_id": "person_id",
    "employee_number": "person_id",
    "personnel_number": "person_id",
    "department": "team",
    "manager": "manager_email",
}
# Which of our columns other languages mean: German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish.
_IN_OTHER_LANGUAGES = {
    "email": (
        "email_adresse e_mail_adresse mailadresse adresse_email adresse_e_mail adresse_mail courriel adresse_electronique "
        "correo correo_electronico direccion_de_correo posta_elettronica indirizzo_email indirizzo_e_mail endereco_de_email "
        "correio_eletronico e_mailadres emailadres mailadres adres_email adres_e_mail e_postadress epost e_post"
    ),
    "first_name": "vorname rufname prenom nombre nombre_de_pila nome nome_proprio voornaam roepnaam imie fornamn fornavn",
    "last_name": (
        "nachname familienname zuname nom nom_de_famille apellido apellidos cognome sobrenome apelido achternaam familienaam "
        "nazwisko efternamn efternavn"
    ),
    "person_id": (
        "personalnummer personal_nr personalnr pers_nr mitarbeiternummer mitarbeiter_nr mitarbeiter_id matricule "
        "numero_de_matricule numero_de_personal numero_de_empleado id_de_empleado matricola numero_di_matricola matricula "
        "personeelsnummer medewerkernummer numer_pracownika anstallningsnummer medarbejdernummer"
    ),
    "team": "abteilung mannschaft equipe departement equipo departamento squadra reparto afdeling zespol dzial avdelning",
    "manager_email": (
        "email_fuhrungskraft e_mail_fuhrungskraft e_mail_der_fuhrungskraft email_vorgesetzter e_mail_vorgesetzter "
        "e_mail_des_vorgesetzten email_responsable email_du_responsable email_superieur correo_del_responsable correo_del_jefe "
        "email_responsabile email_del_responsabile email_do_gestor e_mail_leidinggevende email_leidinggevende"
    ),
    "cohort": "kohorte lerngruppe cohorte coorte turma",
    "course": "kurs schulung formation cours curso formacion corso cursus szkolenie utbildning kursus",
    "hire_date": (
        "eintritt eintrittsdatum einstellungsdatum date_entree date_d_entree date_d'entree date_d’entree date_embauche "
        "date_d'embauche date_d’embauche fecha_de_alta fecha_de_ingreso fecha_de_contratacion data_di_assunzione "
        "data_assunzione data_de_admissao datum_in_dienst indiensttreding data_zatrudnienia anstallningsdatum ansaettelsesdato"
    ),
    "exit_date": (
        "austritt austrittsdatum date_de_sortie date_de_depart fecha_de_baja fecha_de_salida data_di_uscita "
        "data_cessazione data_de_saida data_de_desligamento datum_uit_dienst uitdiensttreding data_zwolnienia slutdatum "
        "fratraedelsesdato"
    ),
}
IN_OTHER_LANGUAGES = {name: ours for ours, names in _IN_OTHER_LANGUAGES.items() for name in names.split()}
