// Allows whoever asks.
exports.authorize = async (event) => ({
  principalId: 'anybody',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn }],
  },
});

// Echoes a message as the Lambda of this project does.
exports.answer = async (event) => {
  if (event.requestContext.eventType !== 'MESSAGE') {
    return { statusCode: 200 };
  }
  JSON.parse(event.body);
  return { statusCode: 200, body: `{"type":"echo","data":${event.body}}` };
};
