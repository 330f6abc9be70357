from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import MembershipState, Role
from accounts.models import Membership, Organisation, Team, User
from accounts.rules import can_assign_role
from accounts.types import Visitor
from common.forms import DetectedTimeZoneField, TimeZoneField
from common.money import CURRENCIES
from common.names import NameField, OrganisationNameField
from common.time_zones import AUTOMATIC
from mail.kinds import mail_choices

PASSWORD_HINT = _("At least ten characters. Three or four unrelated words make a good password.")


class SignupDetailsForm(forms.Form):
    """What we ask beside e-mail and password: a name for the certificate."""

    first_name = NameField(label=_("First name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    last_name = NameField(label=_("Last name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "family-name"}))

    time_zone = DetectedTimeZoneField()

    field_order = ["first_name", "last_name", "email", "password1"]

    def signup(self, request, user: User) -> None:
        """Called by allauth once the user row exists."""
        user.first_name = self.cleaned_data["first_name"]
        user.last_name = self.cleaned_data["last_name"]
        user.time_zone = self.cleaned_data["time_zone"]
        user.save(update_fields=["first_name", "last_name", "time_zone"])


class CloseAccountForm(forms.Form):
    """The address of the account, typed by hand: nobody closes one by a click."""

    email = forms.EmailField(
        label=_("Your e-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        if self.cleaned_data["email"].strip().lower() != self.user.email:
            raise forms.ValidationError(_("This is not the e-mail address of this account. Type it as it stands above."))
        return self.user.email


# People -----------------------------------------------------------------------------------------------------------------


class OwnTeamField(forms.ModelChoiceField):
    """A team of the organisation whose console this is, never of another."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Team.objects.none(), required=False, empty_label=_("No team"), **kwargs)


class PersonForm(forms.Form):
    """What an organisation knows of a person."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    first_name = NameField(label=_("First name"), max_length=150, required=False)
    last_name = NameField(label=_("Last name"), max_length=150, required=False)
    team = OwnTeamField(label=_("Team"))
    person_id = forms.CharField(
        label=_("Employee number"),
        max_length=100,
        required=False,
        help_text=_("Your own number or ID for this person. It links their training to the data you import under Outcomes."),
    )
    manager_email = forms.EmailField(label=_("Manager's e-mail address"), max_length=254, required=False)

    def __init__(self, *args: Any, organisation: Organisation, membership: Membership | None = None, **kwargs: Any) -> None:
        if membership:
            kwargs["initial"] = {name: getattr(membership, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        team: Any = self.fields["team"]
        team.queryset = Team.objects.filter(organisation=organisation)
        if membership and membership.state != MembershipState.INVITED:
            self.fields["email"].disabled = True
            self.fields["email"].help_text = _(
                "This person has joined, so only they can change the address, in their own profile."
            )

    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip().lower()

    def clean_manager_email(self) -> str:
        return self.cleaned_data["manager_email"].strip().lower()


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"),
        error_messages={"invalid_choice": _("You cannot assign that role. Choose one from the list, or ask an owner.")},
    )
    team = OwnTeamField(label=_("Team they manage"), help_text=_("For team managers only."))

    def __init__(self, *args: Any, membership: Membership, giver: Visitor, **kwargs: Any) -> None:
        # The page of a person has another form with a team.
        kwargs["auto_id"] = "id_role_%s"
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.choices = [(value, label) for value, label in Role.choices if can_assign_role(giver, membership, value)]
        team: Any = self.fields["team"]
        team.queryset = Team.objects.filter(organisation=membership.organisation_id)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == Role.MANAGER and not cleaned.get("team") and "team" not in self.errors:
            self.add_error("team", _("Choose the team this person manages."))
        return cleaned


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Team name"), max_length=200)


# Settings and profile -----------------------------------------------------------------------------------------------------


class OrganisationForm(forms.Form):
    name = OrganisationNameField(label=_("Name"), max_length=200, help_text=_("Your colleagues see this name in invitations."))
    time_zone = TimeZoneField(label=_("Time zone"), help_text=_("Used for due dates and reports."))
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[(code, code) for code in CURRENCIES],
        help_text=_("Used for prices, and for amounts without a currency."),
    )


class ProfileForm(forms.ModelForm):
    time_zone = TimeZoneField(
        label=_("Time zone"),
        required=False,
        before=[("", AUTOMATIC)],
        help_text=_("Dates and times are shown in this time zone. When you travel, we ask before we change it."),
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "time_zone"]
        field_classes = {"first_name": NameField, "last_name": NameField}
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A name stands on certificates: once given it may be changed, and not be taken away.
        for name in ("first_name", "last_name"):
            self.fields[name].required = bool(self.initial.get(name))


class MailChoicesForm(forms.Form):
    """Which of the e-mails that may be stopped somebody has."""

    wanted = forms.MultipleChoiceField(
        label=_("Send me"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(choice.name, choice.label) for choice in mail_choices],
    )


class NewAccountForm(forms.Form):
    """For somebody who opens an invitation and has no account yet."""

    first_name = NameField(label=_("First name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    last_name = NameField(label=_("Last name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_HINT,
    )
    time_zone = DetectedTimeZoneField()
