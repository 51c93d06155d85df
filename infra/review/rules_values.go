package review

import "sallyport/infra/plan"

// acceptedForms lists the forms of values that AWS accepts, for values whose mistakes no
// other rule finds: enumerations, names that must not become too long, references
// by name or ARN, and required members of nested objects.
//
// Source: the API models in botocore 1.43.11, and AWS's documentation for values that
// the models do not restrict (names of buckets, tables and functions;
// treatMissingData). Patterns are narrower if the stack needs one value only, such as
// the runtime.
var acceptedForms = []form{
	{plan.TypeAPI, "protocolType", `HTTP|WEBSOCKET`},
	{plan.TypeAPIDomain, "domainNameConfiguration.endpointType", `REGIONAL`},
	{plan.TypeIntegration, "integrationType", `AWS_PROXY|MOCK`},

	{plan.TypeBudget, "name", `[^:\\/<>]{1,100}`},
	{plan.TypeBudget, "budgetType", `COST|USAGE`},
	{plan.TypeBudget, "timeUnit", `DAILY|MONTHLY|QUARTERLY|ANNUALLY`},
	{plan.TypeBudget, "limitAmount", `(\d*\.)?\d+`},
	{plan.TypeBudget, "limitUnit", `\w+`},
	{plan.TypeBudget, "notifications.notificationType", `ACTUAL|FORECASTED`},
	{plan.TypeBudget, "notifications.comparisonOperator", `GREATER_THAN|LESS_THAN|EQUAL_TO`},
	{plan.TypeBudget, "notifications.threshold", `\d+(\.\d+)?`},
	{plan.TypeBudget, "notifications.thresholdType", `PERCENTAGE|ABSOLUTE_VALUE`},
	{plan.TypeBudget, "notifications.subscriberEmailAddresses", `.+@.+`},

	{plan.TypeDistribution, "httpVersion", `http1\.1|http2|http3|http2and3`},
	{plan.TypeDistribution, "priceClass", `PriceClass_(100|200|All)`},
	{plan.TypeDistribution, "restrictions.geoRestriction.restrictionType", `none|blacklist|whitelist`},
	{plan.TypeDistribution, "viewerCertificate.sslSupportMethod", `(sni-only)?`},
	{plan.TypeDistribution, "defaultCacheBehavior.allowedMethods", `GET|HEAD|OPTIONS`},
	{plan.TypeDistribution, "defaultCacheBehavior.cachedMethods", `GET|HEAD|OPTIONS`},
	{plan.TypeDistribution, "defaultCacheBehavior.targetOriginId", `.+`},
	{plan.TypeDistribution, "origins.originId", `.+`},
	{plan.TypeDistribution, "origins.domainName", `[a-z0-9.-]+`},
	{plan.TypeDistribution, "customErrorResponses.errorCode", `[45]\d\d`},
	{plan.TypeOriginAccess, "name", `.{1,64}`},
	{plan.TypeOriginAccess, "originAccessControlOriginType", `s3`},
	{plan.TypeOriginAccess, "signingBehavior", `always`},
	{plan.TypeOriginAccess, "signingProtocol", `sigv4`},
	{plan.TypeHeadersPolicy, "name", `.{1,128}`},
	{plan.TypeHeadersPolicy, "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy", `.{1,1000}.{0,783}`}, // 1,783 in all
	{plan.TypeHeadersPolicy, "securityHeadersConfig.frameOptions.frameOption", `DENY|SAMEORIGIN`},
	{plan.TypeHeadersPolicy, "securityHeadersConfig.referrerPolicy.referrerPolicy", `no-referrer|same-origin|strict-origin|strict-origin-when-cross-origin`},
	{plan.TypeHeadersPolicy, "securityHeadersConfig.*.override", `true|false`},

	{plan.TypeRule, "name", `[\w.-]{1,64}`},
	{plan.TypeRule, "description", `.{0,512}`},
	{plan.TypeTarget, "targetId", `[\w.-]{1,64}`},
	{plan.TypeDashboard, "dashboardName", `[\w-]{1,255}`},
	{plan.TypeLogGroup, "name", `[\w./#-]{1,512}`},
	{plan.TypeQuery, "name", `.{1,255}`},
	{plan.TypeQuery, "queryString", `(?s:.{1,1000})`}, // AWS accepts 10,000, Go's patterns 1,000
	{plan.TypeAlarm, "name", `.{1,255}`},
	{plan.TypeAlarm, "alarmDescription", `(?s:.{0,1000})`}, // AWS accepts 1,024, Go's patterns 1,000
	{plan.TypeAlarm, "comparisonOperator", `(Greater|Less)Than(OrEqualTo)?Threshold`},
	{plan.TypeAlarm, "treatMissingData", `(missing|ignore|breaching|notBreaching)?`},
	{plan.TypeAlarm, "evaluationPeriods", `[1-9]\d*`},
	{plan.TypeAlarm, "alarmActions", `arn:aws:sns:.+`},
	{plan.TypeAlarm, "metricQueries.id", `[a-z]\w{0,254}`},
	{plan.TypeAlarm, "metricQueries.metric.metricName", `[^:].{0,254}`},
	{plan.TypeAlarm, "metricQueries.metric.namespace", `[^:]{1,255}`},
	{plan.TypeAlarm, "metricQueries.metric.period", `10|20|30|60|300|900|3600`},
	{plan.TypeAlarm, "metricQueries.metric.stat", `Sum|Average|Minimum|Maximum|SampleCount|p\d+(\.\d+)?`},

	{plan.TypeUserPool, "name", `[\w\s+=,.@-]{1,128}`},
	{plan.TypeUserPool, "accountRecoverySetting.recoveryMechanisms.name", `verified_email|verified_phone_number|admin_only`},
	{plan.TypeUserPool, "accountRecoverySetting.recoveryMechanisms.priority", `[12]`},
	{plan.TypeUserPool, "autoVerifiedAttributes", `(email|phone_number)?`},
	{plan.TypeUserPool, "passwordPolicy.minimumLength", `[6-9]|[1-9]\d`},
	{plan.TypeUserPool, "passwordPolicy.temporaryPasswordValidityDays", `\d|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5]`},
	{plan.TypeUserPool, "schemas.name", `[\w:]{1,20}`},
	{plan.TypeUserPool, "schemas.attributeDataType", `String|Number|DateTime|Boolean`},
	{plan.TypeUserPool, "usernameConfiguration.caseSensitive", `true|false`},
	{plan.TypeClient, "name", `[\w\s+=,.@-]{1,128}`},
	{plan.TypeClient, "userPoolId", `[\w-]+_[0-9a-zA-Z]+`},
	{plan.TypeClient, "allowedOauthFlows", `(code)?`},
	{plan.TypeClient, "explicitAuthFlows", `(ALLOW_(ADMIN_USER_PASSWORD|USER_PASSWORD|USER_SRP|REFRESH_TOKEN|CUSTOM|USER)_AUTH)?`},
	{plan.TypeClient, "preventUserExistenceErrors", `ENABLED`},
	{plan.TypeClient, "supportedIdentityProviders", `.{0,32}`},
	{plan.TypeClient, "refreshTokenRotation.feature", `ENABLED|DISABLED`},
	{plan.TypeClient, "refreshTokenRotation.retryGracePeriodSeconds", `\d|[1-5]\d|60`},
	{plan.TypeClient, "tokenValidityUnits.*", `seconds|minutes|hours|days`},
	{plan.TypeUserPoolDomain, "domain", `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`},
	{plan.TypeUserPoolDomain, "userPoolId", `[\w-]+_[0-9a-zA-Z]+`},
	{plan.TypeUserPoolStyle, "userPoolId", `[\w-]+_[0-9a-zA-Z]+`},
	{plan.TypeUserPoolStyle, "css", `(\.(background|banner|inputField|submitButton)-customizable(:focus|:hover)? \{([a-z-]+: [#\w ]+; ?)+\} ?)+`},

	{plan.TypeTable, "name", `[\w.-]{3,255}`},
	{plan.TypeTable, "billingMode", `PAY_PER_REQUEST`},
	{plan.TypeTable, "hashKey", `.{1,255}`},
	{plan.TypeTable, "attributes.name", `.{1,255}`},
	{plan.TypeTable, "attributes.type", `[SNB]`},
	{plan.TypeTable, "globalSecondaryIndexes.name", `[\w.-]{3,255}`},
	{plan.TypeTable, "globalSecondaryIndexes.hashKey", `.{1,255}`},
	{plan.TypeTable, "globalSecondaryIndexes.projectionType", `ALL|KEYS_ONLY|INCLUDE`},
	{plan.TypeTable, "pointInTimeRecovery.enabled", `true|false`},

	{plan.TypeRole, "name", `[\w+=,.@-]{1,64}`},
	{plan.TypeRole, "assumeRolePolicy", `(?s:\{.+\})`},
	{plan.TypeRole, "description", `.{0,1000}`},
	{plan.TypeRolePolicy, "name", `[\w+=,.@-]{1,128}`},
	{plan.TypeRolePolicy, "role", `[\w+=,.@-]{1,64}`},
	{plan.TypeRolePolicy, "policy", `(?s:\{.+\})`},
	{plan.TypeAttachment, "role", `[\w+=,.@-]{1,64}`},

	{plan.TypeFunction, "name", `[\w-]{1,64}`},
	{plan.TypeFunction, "description", `.{0,256}`},
	{plan.TypeFunction, "role", `arn:aws:iam::\d{12}:role/[\w+=,.@/-]+`},
	{plan.TypeFunction, "runtime", `provided\.al2023`},
	{plan.TypeFunction, "handler", `\S{1,128}`},
	{plan.TypeFunction, "architectures", `arm64|x86_64`},
	{plan.TypeFunction, "loggingConfig.logFormat", `JSON|Text`},
	{plan.TypeFunction, "tracingConfig.mode", `Active|PassThrough`},
	{plan.TypePermission, "function", `[\w-]{1,64}`},
	{plan.TypePermission, "statementId", `[\w-]{1,100}`},

	{plan.TypeBucket, "bucket", `[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]`},
	{plan.TypeObject, "key", `.+`},
	{plan.TypeOwnership, "rule.objectOwnership", `BucketOwnerEnforced`},
	{plan.TypeTopic, "name", `[\w-]{1,256}`},
}
