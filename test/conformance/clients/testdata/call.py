"""Calls @connections with boto3, and prints one line for each call."""
import sys

import boto3
import botocore
from botocore.config import Config

endpoint, region, connection, gone, malformed = sys.argv[1:]


def client(**more):
    return boto3.client(
        'apigatewaymanagementapi', endpoint_url=endpoint, region_name=region,
        config=Config(retries={'max_attempts': 1}), **more)


def show(name, call):
    try:
        answer = call()
    except botocore.exceptions.ClientError as error:
        print(name, type(error).__name__, str(error).splitlines()[0].rstrip())
    else:
        print(name, answer['ResponseMetadata']['HTTPStatusCode'],
              *(key for key in ('Identity', 'ConnectedAt', 'LastActiveAt') if key in answer))


api = client()
show('post', lambda: api.post_to_connection(ConnectionId=connection, Data=b'from boto3'))
show('get', lambda: api.get_connection(ConnectionId=connection))
show('gone', lambda: api.post_to_connection(ConnectionId=gone, Data=b'x'))
show('malformed', lambda: api.post_to_connection(ConnectionId=malformed, Data=b'x'))
show('tooLarge', lambda: api.post_to_connection(ConnectionId=connection, Data=b'x' * (128 * 1024 + 1)))
forged = client(aws_access_key_id='AKIAIOSFODNN7EXAMPLE', aws_secret_access_key='x')
show('forged', lambda: forged.post_to_connection(ConnectionId=connection, Data=b'x'))
show('delete', lambda: api.delete_connection(ConnectionId=connection))
