using System.Diagnostics.CodeAnalysis;
using System.Net;
using Sluice.Actors.Parsing.Sources.Files;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>The one parser of source locations.</summary>
internal static class LocationReader
{
    private const string Known = "a folder, a file, - for standard input, an http(s) URL or s3://bucket/prefix/";
    private static readonly string[] s_schemes = ["http", "https", "s3", "file"];

    public static bool TryRead(string? text, string? workingDirectory, [NotNullWhen(true)] out SourceLocation? location, [NotNullWhen(false)] out string? problem)
    {
        (location, problem) = Read(text ?? "", workingDirectory);
        return location is not null;
    }

    private static (SourceLocation? Location, string? Problem) Read(string text, string? workingDirectory)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return (null, $"the location is empty; give {Known}.");
        }

        if (text.Any(char.IsControl))
        {
            return (null, $"the location {PathText.Show(text)} has control characters in it; Sluice reads no such names.");
        }

        if (text == "-" && workingDirectory is not null)
        {
            return (new SourceLocation(SourceKind.StandardInput, "stdin", "", "", "", "stdin:"), null);
        }

        if (SchemeOf(text) is { } scheme)
        {
            return ReadUri(scheme, text);
        }

        if (System.IO.Path.IsPathFullyQualified(text))
        {
            return (SourceLocation.OfPath(text), null);
        }

        return workingDirectory is null
            ? (null, $"'{text}' is neither an absolute path nor an http://, https:// or s3:// URI.")
            : (SourceLocation.OfPath(System.IO.Path.GetFullPath(text, workingDirectory)), null);
    }

    /// <summary>
    /// The scheme of what is meant as a URI: anything in front of <c>://</c>, or of <c>:</c> and a slash of either kind, and a scheme that Sluice knows before a mere <c>:</c>. A
    /// text that is nearly a URI is never a path, for others would read it as the URI. Null for paths.
    /// </summary>
    private static string? SchemeOf(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || text.AsSpan(0, colon).ContainsAny('/', '\\') || System.IO.Path.IsPathFullyQualified(text))
        {
            return null;
        }

        var scheme = text[..colon].ToLowerInvariant();
        var rest = text.AsSpan(colon + 1);
        return Array.IndexOf(s_schemes, scheme.Trim()) >= 0 || rest.StartsWith("//", StringComparison.Ordinal) || (rest.Length > 0 && rest[0] is '/' or '\\') ? scheme : null;
    }

    private static (SourceLocation? Location, string? Problem) ReadUri(string scheme, string text)
    {
        if (Array.IndexOf(s_schemes, scheme) < 0)
        {
            return (null, $"Sluice reads no {scheme}:// locations ({text}); it reads folders, files, - for standard input, http(s):// URLs and s3:// buckets.{(text.Contains("://", StringComparison.Ordinal) ? "" : $" A path with a colon in it is written ./{text}.")}");
        }

        if (text.Contains('\\', StringComparison.Ordinal))
        {
            return (null, $"{text} has a backslash in it, which some read as a slash; write {scheme}://… with slashes, or %5C where a name has one.");
        }

        var rest = text[(scheme.Length + 1)..];
        if (!rest.StartsWith("//", StringComparison.Ordinal) || char.IsWhiteSpace(text[^1]))
        {
            return (null, scheme == "file"
                ? $"{text} names no file of this machine; write file:///absolute/path."
                : $"{text} is not written as a URI: write {scheme}:// and then {(scheme == "s3" ? "bucket/prefix/" : "host/path")}, without white space around it.");
        }

        return scheme switch
        {
            "file" => ReadFile(text, rest[2..]),
            "s3" => ReadS3(text, rest[2..]),
            _ => ReadHttp(scheme, text, rest[2..]),
        };
    }

    private static (SourceLocation? Location, string? Problem) ReadFile(string text, string rest)
    {
        var path = rest.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase) ? rest["localhost".Length..] : rest;
        if (!path.StartsWith('/'))
        {
            return (null, $"{text} names no file of this machine; write file:///absolute/path.");
        }

        if (path.AsSpan().IndexOfAny('?', '#') >= 0 || !LocationEscapes.AreWellFormed(path))
        {
            return (null, $"{text} has a ?, a # or a % in it that is part of no escape; write %3F, %23 or %25, or the plain path.");
        }

        var decoded = LocationEscapes.Decode(path);
        return decoded.Any(char.IsControl)
            ? (null, $"{text} has control characters behind its escapes; Sluice reads no such names.")
            : (SourceLocation.OfPath(OperatingSystem.IsWindows() ? decoded[1..] : decoded), null);
    }

    private static (SourceLocation? Location, string? Problem) ReadS3(string text, string rest)
    {
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? rest : rest[..slash];
        if (bucket.Length == 0 || !bucket.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') || bucket.All(static c => c == '.'))
        {
            return (null, "an s3 location is written s3://bucket/prefix/; credentials come from the environment.");
        }

        var escaped = slash < 0 ? "" : rest[(slash + 1)..];
        if (escaped.AsSpan().IndexOfAny('?', '#') >= 0 || !LocationEscapes.AreWellFormed(escaped))
        {
            return (null, $"{text} has a ?, a # or a % in it that is part of no escape; in a key write %3F, %23 or %25.");
        }

        var key = PathText.FromBytes(PathText.UnescapeBytes(escaped));
        if (key.Any(char.IsControl) || LocationEscapes.HasDotSegment(key))
        {
            return (null, $"{text} has . or .. as a part of its key, or control characters; such keys do not survive a URL. Name the prefix itself.");
        }

        var single = key.Length > 0 && key[^1] != '/' && key.AsSpan(key.LastIndexOf('/') + 1).Contains('.');
        key = single || key.Length == 0 || key[^1] == '/' ? key : key + "/";
        return (new SourceLocation(single ? SourceKind.S3Object : SourceKind.S3Prefix, "s3", bucket, key, "", S3Uri(bucket, key)), null);
    }

    /// <summary>The URI of an object or prefix.</summary>
    public static string S3Uri(string bucket, string key) => $"s3://{bucket}/{PathText.EscapeBytes(PathText.ToBytes(key))}";

    private static (SourceLocation? Location, string? Problem) ReadHttp(string scheme, string text, string rest)
    {
        var end = rest.IndexOfAny(['/', '?', '#']);
        var authority = end < 0 ? rest : rest[..end];
        if (authority.Contains('@', StringComparison.Ordinal))
        {
            return (null, $"the URL of {authority[(authority.LastIndexOf('@') + 1)..]} holds a user name or password, which would be stored and shown; Sluice reads public pages only. Remove it.");
        }

        var fragment = rest.IndexOf('#', StringComparison.Ordinal);
        var plain = fragment < 0 ? rest : rest[..fragment];
        if (authority.Length == 0 || authority.Any(static c => char.IsWhiteSpace(c) || c == '%') || !IsWellFormed(plain)
            || !System.Uri.TryCreate($"{scheme}://{plain}", UriKind.Absolute, out var uri) || HostOf(uri) is not { } host)
        {
            return (null, $"{text} is not a URL; write http(s)://host/path.");
        }

        if (IPAddress.TryParse(uri.DnsSafeHost, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            return (null, $"the address {address} stands for every address of a machine and for none that can be read from; write 127.0.0.1 for this machine, or a host's name.");
        }

        var canonical = $"{scheme}://{host}{uri.AbsolutePath}{uri.Query}";
        var path = plain[authority.Length..];
        if (!LocationEscapes.AreWellFormed(path.AsSpan(0, path.IndexOf('?', StringComparison.Ordinal) is var query and >= 0 ? query : path.Length)) || !LocationEscapes.IsPlainPath(uri.AbsolutePath))
        {
            return (null, $"{text} hides . or .., a control character or an escape that is none in its path, which servers read differently; write the path that is meant.");
        }

        // What is opened is the canonical text: who reads it again must find the same.
        return System.Uri.TryCreate(canonical, UriKind.Absolute, out var again) && again.AbsoluteUri == canonical
            ? (new SourceLocation(SourceKind.Http, scheme, host, uri.AbsolutePath, uri.Query, canonical), null)
            : (null, $"{text} is not a URL; write http(s)://host/path.");
    }

    /// <summary>Host and port in ASCII, as they are asked for: a name that only looks like another one stays another one. Null where it is no name.</summary>
    private static string? HostOf(Uri uri)
    {
        string host;
        try
        {
            host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost.ToLowerInvariant();
        }
        catch (UriFormatException)
        {
            return null; // Characters that no name may have.
        }

        return host.Length == 0 || !host.All(char.IsAscii) ? null
            : uri.IsDefaultPort ? host
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{host}:{uri.Port}");
    }

    private static bool IsWellFormed(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (char.IsSurrogate(text[at]) && (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[++at])))
            {
                return false;
            }
        }

        return true;
    }
}
