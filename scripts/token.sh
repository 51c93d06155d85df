#!/usr/bin/env bash
# Prints an access token of a user, or a ticket, for tools such as wscat.
#
# usage: scripts/token.sh [--ticket] [--local] [--stack NAME] USER
#
#   --ticket       a ticket instead: good for one connect within a minute
#   --local        of the local run (make run), where any name is a user
#   --stack NAME   of this Pulumi stack; default: the selected one
#
# For example, with a ticket, and with the token itself, as a subprotocol:
#   wscat -c "$(pulumi stack output websocketUrl)" -s sallyport.v1 -s "ticket.$(scripts/token.sh --ticket alice)"
#   wscat -c "$(pulumi stack output websocketUrl)" -s sallyport.v1 -s "bearer.$(scripts/token.sh alice)"
#
# A deployed stack with its own Cognito user pool asks for the user's password
# (or reads it from standard input) and needs the AWS CLI. With an external
# issuer, get the token from that issuer.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

ticket=
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage ;;
    --ticket) ticket=1 ;;
    --local) local_run=1 ;;
    --stack) [[ ${2-} ]] || die "--stack needs a value" && stack=(--stack "$2") && shift ;;
    -*) die "unknown option $1 (see -h)" ;;
    *) break ;;
  esac
  shift
done
[[ $# -eq 1 && $1 ]] || usage 2 >&2
user=$1
plain "user name" "$user"

# local_token prints a token that the local sign-in gives to any name.
local_token() {
  local answer token
  need curl "apt-get install curl"
  answer=$(curl -fsS -H 'Content-Type: application/json' -d "{\"user\":$(json_text "$user")}" "$issuer/token-for-user") ||
    die "the local sign-in at $issuer does not answer: is make run still running?"
  token=$(sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p' <<<"$answer")
  [[ $token ]] || die "the local sign-in gave no token: $answer"
  printf '%s\n' "$token"
}

# cognito_token prints a token of the stack's user pool, for a password.
cognito_token() {
  local password request token
  [[ $issuer == https://cognito-idp.* ]] || die "the issuer $issuer is not this stack's own: get a token from it"
  need_aws
  [[ ! -t 0 ]] || printf 'Password of %s: ' "$user" >&2
  IFS= read -rs password || die "no password on standard input"
  [[ ! -t 0 ]] || echo >&2
  plain password "$password"
  request=$(printf '{"UserPoolId":%s,"ClientId":%s,"AuthFlow":"ADMIN_USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":%s,"PASSWORD":%s}}' \
    "$(json_text "${issuer##*/}")" "$(json_text "$(output clientId)")" "$(json_text "$user")" "$(json_text "$password")")
  # The request goes by standard input: arguments are visible to other users.
  token=$("${aws[@]}" cognito-idp admin-initiate-auth --cli-input-json file:///dev/stdin \
    --query AuthenticationResult.AccessToken --output text <<<"$request") ||
    die "Cognito refused: wrong password, or no such user (create it with scripts/user.sh $user)"
  [[ $token != None ]] || die "Cognito wants a new password first: set one with scripts/user.sh $user"
  printf '%s\n' "$token"
}

# ticket_for TOKEN prints the ticket that the stack gives for a token.
ticket_for() {
  local answer value
  need curl "apt-get install curl"
  # The header goes by standard input: arguments are visible to other users.
  answer=$(curl -sS -m 30 -X POST -H @- "$tickets" <<<"Authorization: Bearer $1") || die "$tickets does not answer"
  value=$(sed -n 's/.*"ticket":"\([^"]*\)".*/\1/p' <<<"$answer")
  [[ $value ]] || die "$tickets gave no ticket: $answer"
  printf '%s\n' "$value"
}

use_stack
issuer=$(output issuer)
[[ ! $ticket ]] || tickets=$(output httpUrl "the setting tickets is off, or the stack is older: connect with the token itself")/tickets

if [[ $local_run ]]; then token=$(local_token); else token=$(cognito_token); fi
if [[ $ticket ]]; then ticket_for "$token"; else printf '%s\n' "$token"; fi
