#!/usr/bin/env bash
# Creates a user in the stack's Cognito user pool, or sets a new password.
#
# usage: scripts/user.sh [--stack NAME] [--email ADDRESS] USER
#
#   --stack NAME      uses this Pulumi stack; default: the selected one
#   --email ADDRESS   the address of a new user; a pool with selfSignUp demands one
#   -h, --help        prints this help
#
# The script asks for the password (or reads it from standard input). Write -- before a
# USER that begins with a dash. The pool accepts passwords of at least 12 characters with
# lower-case letters, upper-case letters and digits. The script needs the AWS CLI, Node.js
# and the Pulumi CLI. Exit codes: 1 for a failure, 2 for wrong arguments.
#
# The script refuses a stack with an external issuer: create its users there. The
# local run needs no users: any name can sign in.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

or_local= # the local run has no users
email=
while [[ $# -gt 0 ]]; do
  case $1 in
    --stack=* | --email=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --local) misuse "the local run needs no users: any name can sign in" ;;
    --stack) require_value "$@" && stack=("--stack=$2") && shift ;;
    --email) require_value "$@" && email=$2 && shift ;;
    --) shift && break ;;
    -*) misuse "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[[ $# -eq 1 && $1 ]] || misuse "give one USER"
[[ ! $email || $email == ?*@?* ]] || misuse "the address \"$email\" of --email is not valid: use NAME@HOST"
user=$1

need_aws
use_stack
pool=$(user_pool "create the user")
site=$(output siteUrl)
read_password "Password for $user"

# The requests are in files that only this user can read: other users can see
# arguments, and the AWS CLI reads a file twice, so it cannot be a pipe.
fields=("UserPoolId=$pool" "Username=$user" MessageAction=SUPPRESS)
[[ ! $email ]] || fields+=(UserAttributes.0.Name=email "UserAttributes.0.Value=$email"
  UserAttributes.1.Name=email_verified UserAttributes.1.Value=true)
encode "${fields[@]}" >"$work/create"
encode "UserPoolId=$pool" "Username=$user" "Password=$password" Permanent:=true >"$work/password"

did="created"
if ! call cognito-idp admin-create-user --cli-input-json "file://$work/create" >/dev/null; then
  [[ $(<"$work/error") == *UsernameExistsException* ]] || explain "cannot create $user"
  did="changed the password of"
fi
call cognito-idp admin-set-user-password --cli-input-json "file://$work/password" >/dev/null ||
  explain "cannot set the password of the existing user $user: run this again with a password that the pool accepts"
echo "$did $user: sign in at $site"
