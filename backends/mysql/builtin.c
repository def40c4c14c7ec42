/* builtin.c - the servers' own functions, and keywords that may precede a parenthesis.
 *
 * A stored function may change the session's settings, and MariaDB does not always report that.  So a name that is not
 * in this list is assumed to be a stored function: a wrong guess costs only a question to the server.  For the same
 * reason the list leaves out functions that only new servers have: on an old server the name may be a stored function.
 * A name in the list can be a stored function's only with its database before it.                                    */
#include "builtin.h"
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 32 };

static const char *const builtins[] = { /* sorted */
    "ABS", "ACOS", "ADD", "ADDDATE", "ADDTIME", "AES_DECRYPT", "AES_ENCRYPT", "AGAINST", "ALL", "ALTER", "AND", "AS",
    "ASC", "ASCII", "ASIN", "ATAN", "ATAN2", "BENCHMARK", "BETWEEN", "BIGINT", "BIN", "BINARY", "BIT_AND",
    "BIT_COUNT", "BIT_LENGTH", "BIT_OR", "BIT_XOR", "BY", "CASE", "CAST", "CEIL", "CEILING", "CHANGE", "CHAR",
    "CHARACTER", "CHARACTER_LENGTH", "CHARSET", "CHAR_LENGTH", "CHECK", "COALESCE", "COERCIBILITY", "COLLATE",
    "COLLATION", "COLUMN", "COLUMN_EXISTS", "COLUMN_JSON", "COLUMN_LIST", "COMPRESS", "CONCAT", "CONCAT_WS",
    "CONNECTION_ID", "CONSTRAINT", "CONV", "CONVERT", "CONVERT_TZ", "COS", "COT", "COUNT", "CRC32", "CROSS",
    "CUME_DIST", "CURDATE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "CURTIME",
    "DATABASE", "DATE", "DATEDIFF", "DATETIME", "DATE_ADD", "DATE_FORMAT", "DATE_SUB", "DAY", "DAYNAME", "DAYOFMONTH",
    "DAYOFWEEK", "DAYOFYEAR", "DECIMAL", "DEFAULT", "DEGREES", "DELETE", "DENSE_RANK", "DESC", "DES_DECRYPT",
    "DES_ENCRYPT", "DISTINCT", "DIV", "DOUBLE", "ELSE", "ELSEIF", "ELT", "ENCRYPT", "EXCEPT", "EXISTS", "EXP",
    "EXPORT_SET", "EXTRACT", "EXTRACTVALUE", "FIELD", "FIND_IN_SET", "FIRST_VALUE", "FLOAT", "FLOOR", "FOR", "FORCE",
    "FOREIGN", "FORMAT", "FOUND_ROWS", "FROM", "FROM_BASE64", "FROM_DAYS", "FROM_UNIXTIME", "FULLTEXT", "GET_FORMAT",
    "GET_LOCK", "GREATEST", "GROUP", "GROUP_CONCAT", "HAVING", "HEX", "HOUR", "IF", "IFNULL", "IGNORE", "IN", "INDEX",
    "INET6_ATON", "INET6_NTOA", "INET_ATON", "INET_NTOA", "INNER", "INSERT", "INSTR", "INT", "INTEGER", "INTERSECT",
    "INTERVAL", "INTO", "IS", "ISNULL", "IS_FREE_LOCK", "IS_IPV4", "IS_IPV4_COMPAT", "IS_IPV4_MAPPED", "IS_IPV6",
    "IS_USED_LOCK", "JOIN", "JSON_ARRAY", "JSON_ARRAY_APPEND", "JSON_ARRAY_INSERT", "JSON_COMPACT", "JSON_CONTAINS",
    "JSON_CONTAINS_PATH", "JSON_DEPTH", "JSON_DETAILED", "JSON_EXISTS", "JSON_EXTRACT", "JSON_INSERT", "JSON_KEYS",
    "JSON_LENGTH", "JSON_LOOSE", "JSON_MERGE", "JSON_OBJECT", "JSON_QUERY", "JSON_QUOTE", "JSON_REMOVE",
    "JSON_REPLACE", "JSON_SEARCH", "JSON_SET", "JSON_TABLE", "JSON_TYPE", "JSON_UNQUOTE", "JSON_VALID", "JSON_VALUE",
    "KEY", "KEYS", "LAG", "LASTVAL", "LAST_DAY", "LAST_INSERT_ID", "LCASE", "LEAD", "LEAST", "LEFT", "LENGTH", "LIKE",
    "LIMIT", "LN", "LOAD_FILE", "LOCALTIME", "LOCALTIMESTAMP", "LOCATE", "LOG", "LOG10", "LOG2", "LOWER", "LPAD",
    "LTRIM", "MAKEDATE", "MAKETIME", "MAKE_SET", "MASTER_POS_WAIT", "MATCH", "MAX", "MD5", "MEDIUMINT", "MICROSECOND",
    "MID", "MIN", "MINUTE", "MOD", "MONTH", "MONTHNAME", "NAME_CONST", "NATURAL", "NEXTVAL", "NOT", "NOW",
    "NTH_VALUE", "NTILE", "NULLIF", "NUMERIC", "OCT", "OCTET_LENGTH", "ON", "OR", "ORD", "ORDER", "OUTER", "OVER",
    "PARTITION", "PASSWORD", "PERCENT_RANK", "PERIOD_ADD", "PERIOD_DIFF", "PI", "POSITION", "POW", "POWER", "PRIMARY",
    "QUARTER", "QUOTE", "RADIANS", "RAND", "RANGE", "RANK", "REAL", "REFERENCES", "REGEXP", "REGEXP_INSTR",
    "REGEXP_REPLACE", "REGEXP_SUBSTR", "RELEASE_LOCK", "REPEAT", "REPLACE", "RETURN", "RETURNING", "REVERSE", "RIGHT",
    "RLIKE", "ROUND", "ROW", "ROW_COUNT", "ROW_NUMBER", "RPAD", "RTRIM", "SCHEMA", "SECOND", "SEC_TO_TIME", "SELECT",
    "SESSION_USER", "SET", "SETVAL", "SHA1", "SHA2", "SIGN", "SIN", "SLEEP", "SMALLINT", "SOUNDEX", "SPACE",
    "SPATIAL", "SQRT", "STD", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "STRAIGHT_JOIN", "STRCMP", "STR_TO_DATE",
    "SUBDATE", "SUBSTR", "SUBSTRING", "SUBSTRING_INDEX", "SUBTIME", "SUM", "SYSTEM_USER", "TABLE", "TAN", "THEN",
    "TIME", "TIMEDIFF", "TIMESTAMP", "TIMESTAMPADD", "TIMESTAMPDIFF", "TIME_FORMAT", "TIME_TO_SEC", "TINYINT",
    "TO_BASE64", "TO_DAYS", "TO_SECONDS", "TRIM", "TRUNCATE", "UCASE", "UNCOMPRESS", "UNCOMPRESSED_LENGTH", "UNHEX",
    "UNION", "UNIQUE", "UNIX_TIMESTAMP", "UPDATE", "UPDATEXML", "UPPER", "USE", "USER", "USING", "UTC_DATE",
    "UTC_TIME", "UTC_TIMESTAMP", "UUID", "UUID_SHORT", "VALUE", "VALUES", "VARBINARY", "VARCHAR", "VARIANCE",
    "VAR_POP", "VAR_SAMP", "VERSION", "WEEK", "WEEKDAY", "WEEKOFYEAR", "WEIGHT_STRING", "WHEN", "WHERE", "WHILE",
    "XOR", "YEAR", "YEARWEEK",
};

static int compare(const void *name, const void *one)
{
  return strcmp(name, *(const char *const *)one);
}

bool dusq__my_is_builtin(const char *name, size_t len)
{
  char upper[LONGEST];
  if (len >= sizeof upper)
    return false;
  for (size_t i = 0; i < len; i++)
    upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - ('a' - 'A')) : name[i];
  upper[len] = '\0';
  return bsearch(upper, builtins, sizeof builtins / sizeof *builtins, sizeof *builtins, compare) != NULL;
}
