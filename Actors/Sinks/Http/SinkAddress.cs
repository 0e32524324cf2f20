using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Http;

/// <summary>
/// What a <c>scheme://[user:password@]host[:port][/collection][?parameter=value&amp;…]</c> address says. Every part is percent-decoded; no secret gets into a message.
/// </summary>
internal sealed partial class SinkAddress
{
    private readonly SinkAddressShape _shape;
    private readonly Dictionary<string, string> _parameters;

    private SinkAddress(SinkAddressShape shape, Uri uri, Dictionary<string, string> parameters)
    {
        _shape = shape;
        _parameters = parameters;
        Host = uri.IdnHost;
        Port = uri.Port > 0 ? uri.Port : shape.Port;
        Collection = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')) is { Length: > 0 } named ? named : shape.Collection;
        var user = uri.UserInfo.Split(':', 2);
        User = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null;
        Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null;
        Tls = Flag("tls", shape.Tls ?? !IsThisMachine(Host));
        RootCertificate = ExistingFile("root-certificate");
        ApiKeyFile = ExistingFile("api-key-file");
        CredentialHelper = Text("credential-helper");
        Timeout = Text("timeout") is null ? null : TimeSpan.FromSeconds(Number("timeout", 60, 1, 3_600));
    }

    /// <summary>Parameters that the address of every database on HTTP takes.</summary>
    public static IReadOnlyList<string> CommonParameters { get; } = ["tls", "root-certificate", "api-key-file", "credential-helper", "timeout"];

    /// <summary>The database's name as people write it.</summary>
    public string Database => _shape.Database;

    public string Host { get; }

    public int Port { get; }

    /// <summary>The collection: what the database calls an index, a class, a namespace.</summary>
    public string Collection { get; }

    public string? User { get; }

    /// <summary>Password of <see cref="User"/>; never shown.</summary>
    public string? Password { get; }

    /// <summary>Whether TLS is used: by default for all hosts but this machine itself.</summary>
    public bool Tls { get; }

    /// <summary>A file with certificates in PEM form that are trusted instead of the system's.</summary>
    public string? RootCertificate { get; }

    /// <summary>A file that holds the API key, or the password.</summary>
    public string? ApiKeyFile { get; }

    /// <summary>A program that prints the API key, or the password.</summary>
    public string? CredentialHelper { get; }

    /// <summary>How long a request may take; null where the address does not say.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Host and port, for messages.</summary>
    public string Server => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>The sink's identity in the ledger: where it is, without user, secret and what may change from run to run.</summary>
    public string Name => $"{_shape.Scheme}://{Server}/{Uri.EscapeDataString(Collection)}";

    /// <summary>Where requests go.</summary>
    public Uri BaseAddress => new($"{(Tls ? "https" : "http")}://{Server}/");

    /// <summary>Reads an address.</summary>
    /// <exception cref="ConfigurationException">It is malformed, or has a parameter that is not known or not legal.</exception>
    public static SinkAddress Parse(string uri, SinkAddressShape shape)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(shape);
        var start = $"{shape.Scheme}://";
        if (!uri.StartsWith(start, StringComparison.OrdinalIgnoreCase) || !Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || parsed.Host.Length == 0)
        {
            throw Wrong(shape, $"write {start}HOST[:PORT][/COLLECTION][?PARAMETER=VALUE]{(shape.TakesPassword ? "; in user and password, @ is written %40, : is %3A, / is %2F, ? is %3F, # is %23 and % is %25" : "")}");
        }

        if (parsed.Fragment.Length > 0)
        {
            throw Wrong(shape, "it has a '#'; write %23 where one is meant");
        }

        if (parsed.UserInfo.Length > 0 && !shape.TakesPassword)
        {
            throw Wrong(shape, "it has something before an '@'; a key does not belong into the address, where logs and histories keep it: put it into a variable of the environment, or name a file with api-key-file=FILE");
        }

        var address = new SinkAddress(shape, parsed, ReadParameters(parsed, shape));
        if (parsed.AbsolutePath.Trim('/').Contains('/', StringComparison.Ordinal))
        {
            throw Wrong(shape, "it names a path; behind the host stands the collection alone, with / written as %2F");
        }

        if (address.Collection.Any(char.IsControl) || shape.CheckCollection(address.Collection) is not null)
        {
            throw Wrong(shape, $"the collection name '{Printable(address.Collection)}' is not legal; {shape.CheckCollection(address.Collection) ?? "it holds control characters"}");
        }

        return address;
    }

    /// <summary>A parameter's value; null where it is not given.</summary>
    public string? Text(string name) => _parameters.GetValueOrDefault(name);

    /// <summary>A parameter that is one of some words.</summary>
    public string Choice(string name, string missing, params ReadOnlySpan<string> legal)
    {
        var value = _parameters.GetValueOrDefault(name, missing);
        return legal.Contains(value)
            ? value
            : throw Wrong($"{name} is '{Printable(value)}'; it may be {string.Join(", ", legal.ToArray())}{(EditDistance.Nearest(value, legal.ToArray()) is { } near ? $" - did you mean {near}?" : "")}");
    }

    /// <summary>A parameter that is a whole number.</summary>
    public int Number(string name, int missing, int least, int most) =>
        !_parameters.TryGetValue(name, out var text) ? missing
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"{name} is '{Printable(text)}'; it is a whole number from {least} to {most}"));

    /// <summary>A parameter that is true or false.</summary>
    public bool Flag(string name, bool missing) => Choice(name, missing ? "true" : "false", "true", "false") is "true";

    /// <summary>What to throw about a part of this address.</summary>
    /// <param name="why">What is wrong and what is legal; no secret.</param>
    public ConfigurationException Wrong(string why) => Wrong(_shape, why);

    private static ConfigurationException Wrong(SinkAddressShape shape, string why) => new($"The {shape.Database} address is wrong: {why}. Example: {shape.Example}");

    private static Dictionary<string, string> ReadParameters(Uri uri, SinkAddressShape shape)
    {
        var known = shape.Parameters.Concat(CommonParameters).ToFrozenSet(StringComparer.Ordinal);
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var name = Uri.UnescapeDataString(parts[0]);
            if (!known.Contains(name))
            {
                // What is not a plain word may be a part of a password that was not escaped.
                var near = EditDistance.Nearest(name, known.Order(StringComparer.Ordinal));
                throw Wrong(shape, $"{(PlainWord().IsMatch(name) ? $"'{name}'" : "something behind the '?'")} is no parameter of it{(near is null ? "" : $"; did you mean {near}?")} Known are {string.Join(", ", known.Order(StringComparer.Ordinal))}");
            }

            if (!parameters.TryAdd(name, parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : ""))
            {
                throw Wrong(shape, $"{name} is given twice");
            }
        }

        return parameters;
    }

    private string? ExistingFile(string name) =>
        Text(name) is not { } file ? null
        : File.Exists(file) ? Path.GetFullPath(file)
        : throw Wrong($"the file '{Printable(file)}' that {name} names is not there");

    private static bool IsThisMachine(string host) => host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static string Printable(string value) => string.Concat(value.Where(static character => !char.IsControl(character)).Take(100));

    [GeneratedRegex("^[A-Za-z_-]{1,40}$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex PlainWord();
}
