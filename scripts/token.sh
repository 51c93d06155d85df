#!/usr/bin/env bash
# Prints an access token of a user, or a ticket, for tools such as wscat.
#
# usage: scripts/token.sh [--ticket] [--local] [--stack NAME] USER
#
#   --ticket       a ticket instead: good for one connect within a minute
#   --local        of the local run (make run), where any name is a user
#   --stack NAME   of this Pulumi stack; default: the selected one
#   -h, --help     prints this help
#
# For example, with a ticket, and with the token itself, as a subprotocol:
#   wscat -c "$(pulumi stack output websocketUrl)" -s sallyport.v1 -s "ticket.$(scripts/token.sh --ticket alice)"
#   wscat -c "$(pulumi stack output websocketUrl)" -s sallyport.v1 -s "bearer.$(scripts/token.sh alice)"
#
# A deployed stack with its own Cognito user pool asks for the user's password
# (or reads it from standard input) and needs the AWS CLI and the Pulumi CLI.
# With an external issuer, get the token from that issuer. Everything needs
# Node.js, tickets and the local run need curl. A USER that begins with a dash
# follows --. Exits with 1 on a failure and with 2 on a wrong use.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

ticket=
while [[ $# -gt 0 ]]; do
  case $1 in
    --stack=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --ticket) ticket=1 ;;
    --local) local_run=1 ;;
    --stack) value "$@" && stack=("--stack=$2") && shift ;;
    --) shift && break ;;
    -*) misuse "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[[ $# -eq 1 && $1 ]] || misuse "name one USER"
user=$1

# local_token prints a token that the local sign-in gives to any name.
local_token() {
  local answer issuer token
  issuer=$(output issuer)
  encode "user=$user" >"$work/request"
  answer=$(curl -fsS -H 'Content-Type: application/json' --data-binary "@$work/request" "$issuer/token-for-user") ||
    die "the local sign-in at $issuer does not answer: does make run still run?"
  token=$(member access_token <<<"$answer")
  [[ $token ]] || die "the local sign-in gave no token: $answer"
  printf '%s\n' "$token"
}

# cognito_token prints a token of the stack's user pool, for a password.
cognito_token() {
  local client pool token
  need_aws
  pool=$(user_pool "get a token")
  client=$(output toolClientId)
  read_password "Password of $user"
  # The request goes by a file that nobody else can read: arguments are visible
  # to other users, and the AWS CLI reads a file twice, which a pipe cannot bear.
  encode "UserPoolId=$pool" "ClientId=$client" AuthFlow=ADMIN_USER_PASSWORD_AUTH \
    "AuthParameters.USERNAME=$user" "AuthParameters.PASSWORD=$password" >"$work/request"
  if ! token=$(call cognito-idp admin-initiate-auth --cli-input-json "file://$work/request" \
    --query AuthenticationResult.AccessToken --output text); then
    case $(<"$work/error") in
      *"(NotAuthorizedException)"* | *"(UserNotFoundException)"*)
        die "Cognito refuses $user: the password is wrong, or there is no such user (scripts/user.sh creates one and sets passwords)" ;;
    esac
    explain "cannot get a token of $user"
  fi
  [[ $token != None ]] || die "Cognito wants a new password of $user first: set one with scripts/user.sh"
  printf '%s\n' "$token"
}

# ticket_for TOKEN prints the ticket that the stack gives for a token.
ticket_for() {
  local answer found
  # The header goes by standard input: arguments are visible to other users.
  answer=$(curl -sS -m 30 -X POST -H @- "$tickets" <<<"Authorization: Bearer $1") || die "$tickets does not answer"
  found=$(member data.ticket <<<"$answer")
  [[ $found ]] || die "$tickets gave no ticket: $answer"
  printf '%s\n' "$found"
}

[[ ! $local_run$ticket ]] || need_curl
use_stack
[[ ! $ticket ]] || tickets=$(output httpUrl "the setting tickets is off, or the stack is older: connect with the token itself")/tickets

if [[ $local_run ]]; then token=$(local_token); else token=$(cognito_token); fi
if [[ $ticket ]]; then ticket_for "$token"; else printf '%s\n' "$token"; fi
