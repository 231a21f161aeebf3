"""The catalogue: every error has its words, and the words give nothing away."""

from __future__ import annotations

import traceback
from functools import cache
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st
from translationstring import TranslationString

from pyramid_cognito.errors import (
    CATALOGUE,
    MAX_DETAIL,
    CognitoError,
    CognitoUnavailable,
    Context,
    NextStep,
    cognito_error,
    without_values,
)


@cache
def model() -> dict[str, Any]:
    return botocore.session.get_session().get_service_model("cognito-idp")._service_description


def errors_by_public_operation() -> dict[str, set[str]]:
    return {
        name: {error["shape"] for error in operation.get("errors", [])}
        for name, operation in model()["operations"].items()
        if operation.get("authtype") == "none"
    }


def public_errors() -> set[str]:
    return set().union(*errors_by_public_operation().values())


def shown(error: CognitoError) -> tuple[str, int, str, int | None]:
    """All that a page makes of an error."""
    return error.message, error.status, error.next_step, error.retry_after


class TestTheCatalogue:
    def test_the_model_has_the_operations_and_errors_that_were_read(self) -> None:
        assert len(errors_by_public_operation()) >= 34
        assert len(public_errors()) >= 44

    def test_no_error_of_a_public_operation_is_missing(self) -> None:
        assert public_errors() - set(CATALOGUE) == set()

    def test_each_of_them_has_a_sentence_of_its_own_but_an_unknown_user(self) -> None:
        sentences = [
            CATALOGUE[code].message for code in public_errors() - {"UserNotFoundException"}
        ]
        assert len(set(sentences)) == len(sentences)
        assert CATALOGUE["UserNotFoundException"] is CATALOGUE["NotAuthorizedException"]

    @pytest.mark.parametrize("code", CATALOGUE)
    def test_every_sentence_is_translatable_and_complete(self, code: str) -> None:
        message = CATALOGUE[code].message
        assert isinstance(message, TranslationString)
        assert message.domain == "pyramid_cognito"
        assert message[0].isupper()
        assert message.endswith(".")
        assert not any(word in message for word in ("Exception", "Cognito", "Lambda", "token"))

    @pytest.mark.parametrize("code", CATALOGUE)
    def test_every_status_is_an_error_that_fits_the_next_step(self, code: str) -> None:
        entry = CATALOGUE[code]
        assert entry.status in {400, 401, 403, 404, 409, 429, 501, 502, 503}
        assert (entry.status in {429, 503}) is (entry.next_step is NextStep.WAIT)
        assert (entry.retry_after is not None) is (entry.next_step is NextStep.WAIT)

    def test_a_next_step_is_shown_as_its_word(self) -> None:
        assert f"{NextStep.WAIT} {NextStep.WAIT!s}" == "wait wait"

    def test_the_catalogue_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            CATALOGUE["NotAuthorizedException"] = CATALOGUE["SessionExpired"]  # type: ignore[index]

    @pytest.mark.parametrize(
        ("code", "status", "next_step"),
        [
            ("InvalidPasswordException", 400, "try_again"),
            ("NotAuthorizedException", 401, "try_again"),
            ("RefreshTokenReuseException", 401, "sign_in"),
            ("UserNotConfirmedException", 403, "confirm"),
            ("PasswordResetRequiredException", 403, "reset_password"),
            ("ResourceNotFoundException", 404, "ask_administrator"),
            ("UsernameExistsException", 409, "try_again"),
            ("DeviceKeyExistsException", 409, "none"),
            ("LimitExceededException", 429, "wait"),
            ("TooManyRequestsException", 429, "wait"),
            ("TooManyFailedAttemptsException", 429, "wait"),
            ("ThrottlingException", 429, "wait"),
            ("TooManyAttempts", 429, "wait"),
            ("UnknownOperationException", 501, "ask_administrator"),
            ("MissingAuthenticationTokenException", 501, "ask_administrator"),
            ("AccessDeniedException", 502, "ask_administrator"),
            ("InternalErrorException", 503, "wait"),
            ("ServiceUnavailable", 503, "wait"),
            ("SessionExpired", 401, "sign_in"),
            ("InvalidChallengeAnswer", 400, "try_again"),
        ],
    )
    def test_a_code_leads_to(self, code: str, status: int, next_step: str) -> None:
        error = cognito_error(code)
        assert (error.status, error.next_step) == (status, next_step)

    @pytest.mark.parametrize("code", [code for code, e in CATALOGUE.items() if e.status == 503])
    def test_a_failure_of_the_service_is_told_by_its_class(self, code: str) -> None:
        assert type(cognito_error(code)) is CognitoUnavailable

    def test_a_refusal_is_no_failure_of_the_service(self) -> None:
        assert type(cognito_error("NotAuthorizedException")) is CognitoError


class TestAnError:
    def test_it_shows_its_code_and_nothing_else(self) -> None:
        error = cognito_error("UserLambdaValidationException", "PreSignUp failed: ada is banned")
        assert str(error) == "UserLambdaValidationException"
        assert repr(error) == "CognitoError('UserLambdaValidationException')"
        assert error.args == ("UserLambdaValidationException",)
        assert "banned" not in "".join(traceback.format_exception(error))
        assert error.detail == "PreSignUp failed: ada is banned"

    def test_the_time_to_wait_is_the_answers_before_the_catalogues(self) -> None:
        assert cognito_error("TooManyRequestsException").retry_after == 10
        assert cognito_error("TooManyRequestsException", retry_after=7).retry_after == 7
        assert cognito_error("TooManyRequestsException", retry_after=0).retry_after == 0
        assert cognito_error("CodeMismatchException").retry_after is None

    def test_an_unknown_code_keeps_its_name_and_gets_a_general_sentence(self) -> None:
        error = cognito_error("BrandNewException")
        assert error.code == "BrandNewException"
        assert error.status == 502
        assert error.message not in {entry.message for entry in CATALOGUE.values()}

    @pytest.mark.parametrize("code", ["", "hunter2 is no code", "a\nb", "9", "x" * 101, "Ünknown"])
    def test_what_cannot_be_a_code_is_not_repeated(self, code: str) -> None:
        assert str(cognito_error(code)) == "UnknownError"


class TestWordsThatGiveNothingAway:
    def test_a_wrong_password_and_every_other_reason_look_alike_at_the_sign_in(self) -> None:
        answers = {
            shown(cognito_error("UserNotFoundException", "User does not exist.")),
            *(
                shown(cognito_error("NotAuthorizedException", detail))
                for detail in (
                    "Incorrect username or password.",
                    "User is disabled.",
                    "Password attempts exceeded",
                    "Temporary password has expired and must be reset by an administrator.",
                )
            ),
        }
        assert len(answers) == 1

    @pytest.mark.parametrize(
        ("context", "codes"),
        [
            (
                Context.CODE,
                {
                    "CodeMismatchException",
                    "ExpiredCodeException",
                    "NotAuthorizedException",
                    "UserNotFoundException",
                },
            ),
            (
                Context.CODE_REQUEST,
                {"InvalidParameterException", "NotAuthorizedException", "UserNotFoundException"},
            ),
            (Context.SIGNED_IN, {"NotAuthorizedException", "UserNotFoundException"}),
        ],
    )
    def test_an_unknown_user_looks_like_the_usual_mistake(
        self, context: Context, codes: set[str]
    ) -> None:
        assert len({shown(cognito_error(code, context=context)) for code in codes}) == 1

    @pytest.mark.parametrize("context", Context)
    def test_no_context_has_words_for_an_unknown_user_alone(self, context: Context) -> None:
        if context is Context.SIGN_UP:  # nobody is looked up there
            return
        unknown = cognito_error("UserNotFoundException", context=context)
        refused = cognito_error("NotAuthorizedException", context=context)
        assert shown(unknown) == shown(refused)


class TestWordsForThePlace:
    def test_a_code_field_does_not_speak_of_passwords(self) -> None:
        error = cognito_error("NotAuthorizedException", context=Context.CODE)
        assert "code" in error.message
        assert "password" not in error.message

    def test_a_session_that_ended_asks_to_sign_in(self) -> None:
        error = cognito_error(
            "NotAuthorizedException", "Access Token has been revoked", context=Context.SIGNED_IN
        )
        assert (error.status, error.next_step) == (401, "sign_in")

    def test_a_wrong_present_password_does_not(self) -> None:
        error = cognito_error(
            "NotAuthorizedException", "Incorrect username or password.", context=Context.SIGNED_IN
        )
        assert (error.status, error.next_step) == (400, "try_again")

    def test_a_closed_sign_up_sends_to_the_administrator(self) -> None:
        error = cognito_error(
            "NotAuthorizedException",
            "SignUp is not permitted for this user pool",
            context=Context.SIGN_UP,
        )
        assert (error.status, error.next_step) == (403, "ask_administrator")

    @pytest.mark.parametrize("context", Context)
    @pytest.mark.parametrize(
        ("code", "detail"),
        [
            ("NotAuthorizedException", "Unable to verify secret hash for client 4f"),
            (
                "NotAuthorizedException",
                "Client 4f is configured for secret but secret was not received",
            ),
            (
                "NotAuthorizedException",
                "Client 4f is configured with secret but SECRET_HASH was not received",
            ),
            ("NotAuthorizedException", "A client attempted to write unauthorized attribute"),
            ("NotAuthorizedException", "Access Token does not have required scopes"),
            ("InvalidParameterException", "USER_SRP_AUTH is not enabled for the client."),
            ("InvalidParameterException", "Auth flow not enabled for this client"),
        ],
    )
    def test_a_wrong_set_up_is_not_blamed_on_the_person(
        self, context: Context, code: str, detail: str
    ) -> None:
        error = cognito_error(code, detail, context=context)
        assert (error.status, error.next_step) == (502, "ask_administrator")


class TestCasesOfNotAuthorized:
    @pytest.mark.parametrize(
        "detail",
        [
            "Invalid session for the user.",
            "Invalid session for the user, session is expired.",
            "Invalid session for the user, session can only be used once.",
            "Session has expired",
        ],
    )
    def test_a_pending_challenge_that_is_gone_starts_the_sign_in_again(self, detail: str) -> None:
        error = cognito_error("NotAuthorizedException", detail)
        assert error.session_expired
        assert error.code == "NotAuthorizedException"
        assert shown(error) == shown(cognito_error("SessionExpired"))

    def test_our_own_code_says_the_same(self) -> None:
        assert cognito_error("SessionExpired").session_expired

    @pytest.mark.parametrize(
        ("detail", "case"),
        [
            ("User is disabled.", "is_disabled"),
            ("Password attempts exceeded", "attempts_exceeded"),
            (
                "Temporary password has expired and must be reset by an administrator.",
                "temporary_password_expired",
            ),
            ("Invalid session for the user.", "session_expired"),
            ("Incorrect username or password.", None),
        ],
    )
    def test_cognitos_words_tell_one_case_alone(self, detail: str, case: str | None) -> None:
        cases = (
            "is_disabled",
            "attempts_exceeded",
            "temporary_password_expired",
            "session_expired",
        )
        error = cognito_error("NotAuthorizedException", detail)
        assert [name for name in cases if getattr(error, name)] == ([case] if case else [])
        # the same words under another code are somebody's own
        other = cognito_error("UserLambdaValidationException", detail)
        assert not any(getattr(other, name) for name in cases)


class TestDetail:
    def test_field_and_constraint_stay_and_the_value_goes(self) -> None:
        said = (
            "2 validation errors detected: Value 'hunter2' at 'password' failed to satisfy "
            "constraint: Member must have length greater than or equal to 8; Value 'a b' at "
            "'userAttributes.1.member.value' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: [\\S]+.*[\\S]+"
        )
        assert cognito_error("InvalidParameterException", said).detail == (
            "password: Member must have length greater than or equal to 8; "
            "userAttributes.1.member.value: Member must satisfy regular expression pattern"
        )

    def test_the_form_that_leaves_the_value_out_is_read_too(self) -> None:
        said = (
            "1 validation error detected: Value at 'password' failed to satisfy constraint: "
            "Member must have length greater than or equal to 6"
        )
        assert (
            without_values(said) == "password: Member must have length greater than or equal to 6"
        )

    def test_a_constraint_that_cannot_be_read_takes_all_with_it(self) -> None:
        said = "Value 'hunter2' at hunter2 failed to satisfy constraint: hunter2"
        assert "hunter2" not in without_values(said)

    @pytest.mark.parametrize(
        "said",
        [
            "Could not parse 'hunter2'",
            'Could not parse "it\'s hunter2"',
            "Could not parse 'it's hunter2' or 'hunter2', sorry",
            "Could not parse '" + "x" * 5000 + "hunter2",
            "Could not parse 'hunter2" + "x" * 5000 + "'",
        ],
    )
    def test_what_stands_in_quotation_marks_is_a_value(self, said: str) -> None:
        assert without_values(said).startswith("Could not parse '…'")
        assert "hunter2" not in without_values(said)

    def test_an_apostrophe_is_no_quotation_mark(self) -> None:
        assert without_values("User can't and won't") == "User can't and won't"

    def test_a_long_run_may_be_a_token(self) -> None:
        assert (
            without_values("Invalid token eyJ" + "a.b-_" * 30 + " given") == "Invalid token … given"
        )

    def test_it_stays_on_one_line(self) -> None:
        assert without_values("one\r\nFATAL two\x1b[31m\t three") == "one FATAL two [31m three"

    def test_it_has_an_end(self) -> None:
        assert len(without_values("word " * 10_000)) == MAX_DETAIL
        faults = "; ".join(
            f"Value 'x' at 'field{n}' failed to satisfy constraint: Member must not be null"
            for n in range(100)
        )
        assert len(without_values(faults)) == MAX_DETAIL

    @given(st.text("ABCDEFGHÄß漢0123456789!?,;: ()[]", min_size=8))
    def test_no_value_survives(self, value: str) -> None:
        said = (
            f"1 validation error detected: Value '{value}' at 'password' failed to satisfy "
            "constraint: Member must have length greater than or equal to 99"
        )
        assert value not in without_values(said).replace("password: Member must", "")
        assert value not in without_values(f"Cannot read '{value}'")

    @pytest.mark.parametrize("said", [None, 5, ["hunter"], {"message": "x"}])
    def test_whatever_stands_in_the_place_of_words_is_text(self, said: Any) -> None:
        assert isinstance(without_values(said), str)


def test_who_is_shut_out_for_a_while_is_not_signed_out() -> None:
    detail = "Password attempts exceeded"
    error = cognito_error("NotAuthorizedException", detail, context=Context.SIGNED_IN)
    assert (error.status, error.next_step) == (429, NextStep.WAIT)
