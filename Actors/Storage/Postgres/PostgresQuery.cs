using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Postgres;

/// <summary>The query part of a PostgreSQL address. What is not known is not shown: it may be a part of a password that was not escaped.</summary>
internal sealed partial class PostgresQuery
{
    private static readonly string[] s_known =
        ["schema", "collection", "sslmode", "root-certificate", "password-file", "pool", "command-timeout", "connect-timeout"];

    private readonly Dictionary<string, string> _parameters;

    private PostgresQuery(Dictionary<string, string> parameters) => _parameters = parameters;

    public IReadOnlyDictionary<string, string> Parameters => _parameters;

    public static PostgresQuery Read(Uri uri)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var name = Uri.UnescapeDataString(parts[0]);
            if (!s_known.Contains(name, StringComparer.Ordinal))
            {
                throw new ConfigurationException(
                    $"{(Plain().IsMatch(name) ? $"'{name}'" : "Something behind the '?'")} is no parameter of a PostgreSQL address; known: {string.Join(", ", s_known)}.");
            }

            if (!parameters.TryAdd(name, parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : ""))
            {
                throw new ConfigurationException($"The parameter {name} of a PostgreSQL address is given twice; give it once.");
            }
        }

        return new(parameters);
    }

    public int Number(string name, int missing, int least, int most)
    {
        if (!_parameters.TryGetValue(name, out var text))
        {
            return missing;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{name} of a PostgreSQL address is a whole number from {least} to {most}; it is '{text}'."));
    }

    public string Schema()
    {
        var schema = _parameters.GetValueOrDefault("schema", "public");
        return LegalSchema().IsMatch(schema) && !schema.StartsWith("pg_", StringComparison.Ordinal)
            ? schema
            : throw new ConfigurationException(
                $"schema={schema} of a PostgreSQL address is not legal; use at most 63 lower-case letters, digits and underscores, not beginning with a digit or pg_.");
    }

    /// <summary>The mode named here, else <paramref name="variable"/>, the value of PGSSLMODE.</summary>
    public SslMode? SslMode(string? variable)
    {
        var here = _parameters.TryGetValue("sslmode", out var text);
        return (here ? text : variable) switch
        {
            null => null,
            "disable" => Npgsql.SslMode.Disable,
            "allow" => Npgsql.SslMode.Allow,
            "prefer" => Npgsql.SslMode.Prefer,
            "require" => Npgsql.SslMode.Require,
            "verify-ca" => Npgsql.SslMode.VerifyCA,
            "verify-full" => Npgsql.SslMode.VerifyFull,
            var other => throw new ConfigurationException(
                $"{(here ? "sslmode of a PostgreSQL address" : "PGSSLMODE")} is '{other}', which is not known; use disable, allow, prefer, require, verify-ca or verify-full."),
        };
    }

    public string? File(string name)
    {
        if (!_parameters.TryGetValue(name, out var file))
        {
            return null;
        }

        return System.IO.File.Exists(file) ? file : throw new ConfigurationException($"The file '{file}' that {name} of a PostgreSQL address names is not there.");
    }

    public string? Secret(string name)
    {
        if (File(name) is not { } file)
        {
            return null;
        }

        try
        {
            return System.IO.File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The password file '{file}' cannot be read: {exception.Message}", exception);
        }
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex LegalSchema();

    [GeneratedRegex("^[A-Za-z-]{1,30}$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Plain();
}
