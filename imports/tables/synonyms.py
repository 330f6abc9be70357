"""What other systems and languages call our columns, and what they say in them.

Names are written as `layout.plain` and `common.characters.unaccented` leave them.
"""

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
    "employee_#": "person_id",
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
# What personnel and sales systems call our columns, letters only. Too loose to be read without asking, good enough to suggest
# where the values can be read so, too.
_SUGGESTED = {
    "person_id": (
        "empid employeeid employeeno employeenumber empno empnumber personid personnelnumber personnelno staffid staffno "
        "workerid payrollnumber payrollid badgeid associateid eeid"
    ),
    "hire_date": (
        "dateofhire hiredate hiringdate datehired hiredon startdate datestarted employmentstart employmentstartdate "
        "joiningdate joindate dateofjoining doj entrydate originalhiredate servicestart servicedate"
    ),
    "exit_date": (
        "dateoftermination terminationdate termdate terminatedon exitdate leavedate leavingdate dateofleaving dateleft lastday "
        "lastworkingday lastdayworked lastdayofwork separationdate dateofseparation employmentend employmentenddate enddate "
        "attritiondate leftdate lefton austritt austrittsdatum austrittam letzterarbeitstag letztertag vertragsende enddatum "
        "datedesortie datededepart datedefin datedefindecontrat dernierjour dernierjourtravaille fechadebaja fechadesalida "
        "fechadecese fechadeterminacion ultimodia ultimodiatrabajado datadiuscita datacessazione datadicessazione datadesaida "
        "datadedesligamento datumuitdienst uitdiensttreding datazwolnienia slutdatum"
    ),
    "exit_kind": "employmentstatus employeestatus exittype leavingtype terminationtype termtype separationtype leavertype",
    "notice_date": "dateofnotice noticegiven noticegivenon resignationdate resignedon kundigungsdatum",
    "team": "department dept departmentname teamname unit orgunit businessunit division costcenter costcentre",
    "manager_id": "managerid mgrid supervisorid managerno managernumber reportsto reportstoid vorgesetztenid",
    "annual_cost": "salary annualsalary basesalary yearlysalary annualpay annualwage jahresgehalt",
    "customer_id": (
        "customerid custid customerno customernumber clientid clientno accountid accountno accountnumber kundennummer kundennr"
    ),
    "partner_id": "partnerid partnerno partnernumber partneraccount resellerid vendorid supplierid partnernummer partnernr",
    "start_date": (
        "customersince partnersince startdate contractstart contractstartdate signupdate onboarded onboardingdate kundeseit"
    ),
    "end_date": "enddate churndate churnedon cancellationdate canceldate cancelledon contractend contractenddate",
    "segment": "segment customersegment customertype accounttype plan tier industry",
    "owner_person_id": "ownerid accountownerid accountmanagerid customermanagerid csmid",
    "annual_value": "annualvalue arr acv annualrevenue annualcontractvalue annualrecurringrevenue jahresumsatz",
    "value": "contractvalue totalcontractvalue tcv dealvalue vertragswert",
    "result": "outcome contractresult renewalstatus renewaloutcome",
    "expected": "target targetvalue expectedvalue planned plan soll zielwert",
    "actual": "actualvalue achieved reached result ist istwert",
    "measure": "metric kpi indicator kennzahl",
    "currency": "currencycode currencyiso wahrung",
    "unit_id": "unitid id caseid memberid",
    "months": "tenure tenuremonths monthsoftenure duration lengthofservice",
    "left": "left hasleft attrition churn churned churnlabel exited event turnover",
    "course": "coursename coursetitle training trainingname",
    "completed_on": "completiondate completedon datecompleted dateofcompletion abgeschlossenam",
    "offered_on": (
        "offerdate dateofoffer dayofoffer offeredat offered rolloutdate rolledouton rollout rolloutstart golive "
        "golivedate trainingstart trainingoffered trainingofferedon angebotenam angebotsdatum angebotab einfuhrungsdatum "
        "eingefuhrtam startderschulung proposele proposeele dateproposition datedelaproposition datedeploiement "
        "datededeploiement ofrecidoel fechadeoferta fechaoferta fechadedespliegue offertoil datadiofferta datadellofferta "
        "dataofferta datadirilascio oferecidoem datadaoferta datadeoferta aangebodenop aanboddatum uitroldatum "
        "zaoferowanodnia dataoferty datawdrozenia erbjuden erbjudandedatum utrullningsdatum tilbudt tilbudtden "
        "tilbudsdato udrulningsdato"
    ),
}
SUGGESTED = {ours: frozenset({ours.replace("_", ""), *names.split()}) for ours, names in _SUGGESTED.items()}

# What words in a column of few probably mean, by how they begin; "" where they say that nothing has happened.
LIKELY_WORDS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "left": [
        (
            "no",
            (
                "active", "aktiv", "current", "employed", "still", "in service", "on leave", "present", "working", "angestellt",
                "beschaftigt", "actif", "activo", "attivo", "not left", "stay", "existing", "retain",
            ),
        ),
        (
            "yes",
            (
                "left", "leaver", "terminat", "resign", "quit", "churn", "exit", "attrit", "cancel", "inactive", "former",
                "voluntar", "involuntar", "dismiss", "retire", "ausgetreten", "ausgeschieden", "gekundigt", "parti", "gone",
            ),
        ),
    ],
    "exit_kind": [
        (
            "",
            (
                "active", "aktiv", "current", "employed", "still employed", "in service", "in employment", "on leave",
                "leave of absence", "parental leave", "future start", "present", "working", "angestellt", "beschaftigt",
                "actif", "activo", "attivo", "not left", "stayed",
            ),
        ),
        ("voluntary", ("voluntar", "resign", "quit", "freiwillig", "eigenkundigung")),
        (
            "involuntary",
            (
                "involuntar", "terminated for cause", "dismiss", "fired", "laid off", "layoff", "lay-off", "redundan",
                "betriebsbedingt", "entlassen", "entlassung", "arbeitgeberkundigung",
            ),
        ),
        (
            "other",
            (
                "retire", "deceased", "death", "end of contract", "contract end", "expired", "rente", "ruhestand", "verstorben",
                "befristung", "transfer",
            ),
        ),
    ],
    "result": [
        ("", ("active", "running", "open", "pending", "aktiv", "laufend", "offen")),
        ("renewed", ("renew", "extended", "verlanger")),
        ("expanded", ("expan", "upsell", "upgrade", "erweiter")),
        ("reduced", ("reduc", "downsell", "downgrade", "contraction", "reduzier")),
        ("lost", ("lost", "churn", "cancel", "terminat", "not renewed", "non-renew", "gekundigt", "verloren")),
    ],
    "higher_is_better": [
        ("yes", ("y", "true", "1", "ja", "higher", "up")),
        ("no", ("n", "false", "0", "nein", "lower", "down")),
    ],
}  # fmt: skip
# Words in the name of a column by which a length of time is not in months; without accents.
_DURATION_WORDS = {
    "years": "year years yr yrs jahr jahre jahren annee annees ano anos anni anno jaar jaren rok lata ar",
    "weeks": "week weeks woche wochen semaine semaines semana semanas settimane weken tygodnie veckor uger",
    "days": "day days tag tage tagen jour jours dia dias giorni dagen dni dagar dage",
}
DURATION_WORDS = {unit: frozenset(words.split()) for unit, words in _DURATION_WORDS.items()}
# What certainly means yes or no, of whether somebody left too; without accents.
YES_AND_NO = {
    "yes": frozenset((
        "yes", "y", "true", "t", "1", "1.0", "left", "leaver", "churned", "attrited", "attrited customer", "exited", "ja",
        "wahr", "oui", "vrai", "si", "verdadero", "vero", "sim", "verdadeiro", "waar", "tak", "prawda", "sant",
    )),
    "no": frozenset((
        "no", "n", "false", "f", "0", "0.0", "stayed", "stayer", "retained", "existing customer", "nein", "falsch", "non",
        "faux", "falso", "nao", "nee", "onwaar", "nie", "falsz", "nej", "falskt", "falsk",
    )),
}  # fmt: skip
IN_OTHER_LANGUAGES = {name: ours for ours, names in _IN_OTHER_LANGUAGES.items() for name in names.split()}
