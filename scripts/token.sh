#!/usr/bin/env bash
# Prints an access token of a user, or a ticket, for tools such as wscat.
#
# usage: scripts/token.sh [--ticket] [--local] [--stack NAME] USER
#
#   --ticket       prints a ticket, which is valid for one connect within a minute
#   --local        uses the local run (make run), where any name is a user
#   --stack NAME   uses this Pulumi stack; default: the selected one
#   -h, --help     prints this help
#
# Examples, with a ticket and with the token as a subprotocol:
#   wscat -c "$(pulumi stack output websocketUrl)" -s sallyport.v1 -s "ticket.$(scripts/token.sh --ticket alice)"
#   wscat -c "$(pulumi stack output websocketUrl)" -s sallyport.v1 -s "bearer.$(scripts/token.sh alice)"
#
# For a deployed stack with its own Cognito user pool, the script asks for the user's
# password (or reads it from standard input), and needs the AWS CLI and the Pulumi CLI.
# With an external issuer, get the token from that issuer. The script needs Node.js, for
# tickets and the local run also curl. Write -- before a USER that begins with a dash.
# Exit codes: 1 for a failure, 2 for wrong arguments.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

ticket=
while [[ $# -gt 0 ]]; do
  case $1 in
    --stack=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --ticket) ticket=1 ;;
    --local) local_run=1 ;;
    --stack) require_value "$@" && stack=("--stack=$2") && shift ;;
    --) shift && break ;;
    -*) misuse "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[[ $# -eq 1 && $1 ]] || misuse "give one USER"
user=$1

# local_token prints a token of the local sign-in, which accepts any name.
local_token() {
  local answer issuer token
  issuer=$(output issuer)
  encode "user=$user" >"$work/request"
  answer=$(curl -fsS -H 'Content-Type: application/json' --data-binary "@$work/request" "$issuer/token-for-user") ||
    die "the local sign-in at $issuer does not answer: does make run still run?"
  token=$(member access_token <<<"$answer")
  [[ $token ]] || die "the local sign-in returned no token: $answer"
  printf '%s\n' "$token"
}

# cognito_token asks for the user's password and prints a token of the stack's user pool.
cognito_token() {
  local client pool token
  need_aws
  pool=$(user_pool "get a token")
  client=$(output toolClientId)
  read_password "Password of $user"
  # The request is in a file that only this user can read: other users can see
  # arguments, and the AWS CLI reads the file twice, so it cannot be a pipe.
  encode "UserPoolId=$pool" "ClientId=$client" AuthFlow=ADMIN_USER_PASSWORD_AUTH \
    "AuthParameters.USERNAME=$user" "AuthParameters.PASSWORD=$password" >"$work/request"
  if ! token=$(call cognito-idp admin-initiate-auth --cli-input-json "file://$work/request" \
    --query AuthenticationResult.AccessToken --output text); then
    case $(<"$work/error") in
      *"(NotAuthorizedException)"* | *"(UserNotFoundException)"*)
        die "Cognito refuses $user: the password is wrong, or the user does not exist (scripts/user.sh creates users and sets passwords)" ;;
    esac
    explain "cannot get a token of $user"
  fi
  [[ $token != None ]] || die "Cognito demands a new password of $user: set one with scripts/user.sh"
  printf '%s\n' "$token"
}

# ticket_for TOKEN prints a ticket for a token.
ticket_for() {
  local answer found
  # Standard input passes the header, because other users can see arguments.
  answer=$(curl -sS -m 30 -X POST -H @- "$tickets" <<<"Authorization: Bearer $1") || die "$tickets does not answer: check the network"
  found=$(member data.ticket <<<"$answer")
  [[ $found ]] || die "$tickets returned no ticket: $answer"
  printf '%s\n' "$found"
}

[[ ! $local_run$ticket ]] || need_curl
use_stack
[[ ! $ticket ]] || tickets=$(output httpUrl "the setting tickets is off, or an older version deployed the stack: connect with the token")/tickets

if [[ $local_run ]]; then token=$(local_token); else token=$(cognito_token); fi
if [[ $ticket ]]; then ticket_for "$token"; else printf '%s\n' "$token"; fi
