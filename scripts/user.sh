#!/usr/bin/env bash
# Creates a user in the stack's Cognito user pool, or sets a new password.
#
# usage: scripts/user.sh [--stack NAME] [--email ADDRESS] USER
#
#   --stack NAME      of this Pulumi stack; default: the selected one
#   --email ADDRESS   of a new user; a pool with selfSignUp wants one
#
# Asks for the password (or reads it from standard input). Needs the AWS CLI.
# The local run needs no users: any name signs in.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

email=()
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage ;;
    --local) die "the local run needs no users: any name signs in" ;;
    --stack) [[ ${2-} ]] || die "--stack needs a value" && stack=(--stack "$2") && shift ;;
    --email)
      [[ ${2-} == ?*@?* && ${2-} != *[,\ ]* ]] || die "--email needs an address"
      email=(--user-attributes "Name=email,Value=$2" "Name=email_verified,Value=true") && shift
      ;;
    -*) die "unknown option $1 (see -h)" ;;
    *) break ;;
  esac
  shift
done
[[ $# -eq 1 && $1 ]] || usage 2 >&2
user=$1
plain "user name" "$user"

need_aws
use_stack
issuer=$(output issuer)
[[ $issuer == https://cognito-idp.* ]] || die "the issuer $issuer is not this stack's own: create the user there"
pool=${issuer##*/}

[[ ! -t 0 ]] || printf 'Password for %s: ' "$user" >&2
IFS= read -rs password || die "no password on standard input"
[[ ! -t 0 ]] || echo >&2
plain password "$password"

created="created"
if ! error=$("${aws[@]}" cognito-idp admin-create-user --user-pool-id "$pool" --username "$user" \
  --message-action SUPPRESS ${email[@]+"${email[@]}"} 2>&1 >/dev/null); then
  [[ $error == *UsernameExistsException* ]] || die "cannot create $user: $error"
  created="changed the password of"
fi
# The request goes by standard input: arguments are visible to other users.
"${aws[@]}" cognito-idp admin-set-user-password --cli-input-json file:///dev/stdin <<EOT ||
{"UserPoolId":$(json_text "$pool"),"Username":$(json_text "$user"),"Password":$(json_text "$password"),"Permanent":true}
EOT
  die "cannot set the password of $user: the user exists, run this again with a password that the pool accepts"
echo "$created $user: sign in at $(output siteUrl)"
