"""What can go wrong with officers, sign-in and access. No message tells whether a login exists."""

from crossing.platform.errors import DomainError, Kind


class NotSignedIn(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "not_signed_in"
    message = "Please sign in."


class SignInRefused(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "sign_in_refused"
    message = "The login or the password is not right."


class SignInThrottled(DomainError):
    """``retry_after_s``: whole seconds until the next attempt is looked at."""

    kind = Kind.THROTTLED
    code = "sign_in_throttled"
    message = "Too many attempts. Please try again in {retry_after_s} seconds."


class SignInBusy(DomainError):
    kind = Kind.THROTTLED
    code = "sign_in_busy"
    message = "Many people are signing in. Please try again in {retry_after_s} seconds."


class PasswordRequired(DomainError):
    kind = Kind.FORBIDDEN
    code = "password_required"
    message = "Choose a password before you go on."


class PermissionMissing(DomainError):
    kind = Kind.FORBIDDEN
    code = "permission_missing"
    message = "Your role does not allow this."


class CsrfRefused(DomainError):
    kind = Kind.FORBIDDEN
    code = "csrf_refused"
    message = "This form is no longer valid. Please load the page again."


class PasswordTooShort(DomainError):
    code = "password_too_short"
    message = "A password has at least {least} characters."


class PasswordTooLong(DomainError):
    code = "password_too_long"
    message = "A password has at most {most} characters."


class PasswordIsLogin(DomainError):
    code = "password_is_login"
    message = "The password may not contain the login."


class CurrentPasswordWrong(DomainError):
    kind = Kind.FORBIDDEN
    code = "current_password_wrong"
    message = "The current password is not right."


class LoginTaken(DomainError):
    kind = Kind.CONFLICT
    code = "login_taken"
    message = "Another officer has this login."


class OfficerUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "officer_unknown"
    message = "There is no such officer."


class RoleNotForOfficers(DomainError):
    code = "role_not_for_officers"
    message = "This role is for machines only."


class OwnAccount(DomainError):
    kind = Kind.CONFLICT
    code = "own_account"
    message = "Nobody changes their own roles or closes their own account; another administrator does."


class PostNeeded(DomainError):
    kind = Kind.INVALID
    code = "post_needed"
    message = "An officer of a post needs the post's code."


class SystemKeyUnknown(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "system_key_unknown"
    message = "This key is not known here, or it was revoked."


class SystemAsksTooMuch(DomainError):
    kind = Kind.THROTTLED
    code = "system_asks_too_much"
    message = "More was asked than this system may ask in a minute. Please try again in {retry_after_s} seconds."


class SystemNameTaken(DomainError):
    kind = Kind.CONFLICT
    code = "system_name_taken"
    message = "There is a system of this name already."


class SystemUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "system_unknown"
    message = "There is no system of this name, or it was revoked already."
