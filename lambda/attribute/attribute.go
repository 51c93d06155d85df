// Package attribute reads and writes the attributes of DynamoDB items.
package attribute

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Map has the attributes of an item, or some of them, by name.
type Map map[string]types.AttributeValue

// Text returns the attribute of a string.
func Text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// Number returns the attribute of a whole number.
func Number[N int | int64 | uint64](n N) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: fmt.Sprint(n)}
}

// Text returns the value of an attribute that is a string. It returns "" for any other attribute.
func (m Map) Text(name string) string {
	v, _ := m[name].(*types.AttributeValueMemberS)
	if v == nil {
		return ""
	}
	return v.Value
}

// Integer returns the value of an attribute that is a whole number. It returns 0 for any other
// attribute.
func (m Map) Integer(name string) int64 {
	v, _ := m[name].(*types.AttributeValueMemberN)
	if v == nil {
		return 0
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// ConditionFailed reports whether DynamoDB refused a request because its condition is false.
func ConditionFailed(err error) bool {
	return errors.As(err, new(*types.ConditionalCheckFailedException))
}
