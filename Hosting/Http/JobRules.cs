using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Http;

/// <summary>What jobs posted to the API may ask for: sources that are allowed by name, settings of a short list.</summary>
internal static class JobRules
{
    private const int MostSources = 100;
    private const int LongestLocation = 4_096;

    private static readonly string[] s_settings = ["source.include", "source.exclude", "source.hidden", "chunking.size", "chunking.overlap", "parsing.ocr.mode", "prune"];
    private static readonly string[] s_lists = ["source.include", "source.exclude"];

    /// <summary>Checks a request, and makes its locations plain.</summary>
    /// <param name="request">The request.</param>
    /// <param name="allowed">Locations that may be read, with everything below.</param>
    /// <returns>The locations, and where links below them may lead.</returns>
    /// <exception cref="ApiException">It is not a job, or not allowed.</exception>
    public static AllowedSources Check(JobRequest request, IEnumerable<string> allowed)
    {
        if (request.Sources is not { Count: > 0 and <= MostSources } sources)
        {
            throw Bad($"sources must name 1 to {MostSources} locations.");
        }

        if (request.Name is { Length: > 200 } or "")
        {
            throw Bad("name must have 1 to 200 characters, or be left out.");
        }

        if (request.Name?.Any(char.IsControl) ?? false)
        {
            throw Bad("name must have no line breaks or other control characters in it.");
        }

        if (request.Weight is < 1 or > 1_000)
        {
            throw Bad("weight must be from 1 to 1,000.");
        }

        foreach (var key in request.Settings?.Keys ?? [])
        {
            if (!s_settings.Contains(key, StringComparer.Ordinal))
            {
                throw Bad($"settings.{key} cannot be set here; these can: {string.Join(", ", s_settings)}.");
            }
        }

        var roots = allowed.Select(static root => (Given: Lexical(root), Plain: Plain(root))).Where(static root => root is { Given: not null, Plain: not null }).Select(static root => (root.Given!, root.Plain!)).ToList();
        return new AllowedSources(
            [.. sources.Select(source => Check(source, roots))],
            [.. roots.Select(static root => root.Item2).Where(static root => root.StartsWith('/')).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>The request's settings as those of a command line.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The settings; lists are cut at commas outside braces.</returns>
    public static IEnumerable<CommandLineSetting> Settings(IReadOnlyDictionary<string, string>? settings)
    {
        foreach (var (key, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            yield return s_lists.Contains(key, StringComparer.Ordinal)
                ? new CommandLineSetting(key, "", $"settings.{key}", CutList(value))
                : new CommandLineSetting(key, value, $"settings.{key}");
        }
    }

    /// <summary>A job's name: the one that was given, else that of its sources.</summary>
    /// <param name="given">The name; null for none.</param>
    /// <param name="locations">The sources.</param>
    /// <returns>The name, without secrets.</returns>
    public static string NameOf(string? given, IReadOnlyList<string> locations)
    {
        var name = given is not null ? Secrets.Redact(given) : string.Join(' ', locations.Select(Secrets.Redact).Select(static location => location.TrimEnd('/')[(location.TrimEnd('/').LastIndexOf('/') + 1)..]));
        return name.Length > 100 ? name[..100] : name;
    }

    /// <summary>Cuts at commas; those between braces belong to a glob.</summary>
    private static List<string> CutList(string value)
    {
        var (parts, start, depth) = (new List<string>(), 0, 0);
        for (var at = 0; at <= value.Length; at++)
        {
            if (at == value.Length || (value[at] == ',' && depth == 0))
            {
                if (value[start..at].Trim() is { Length: > 0 } part)
                {
                    parts.Add(part);
                }

                start = at + 1;
            }
            else
            {
                depth = value[at] switch { '{' => depth + 1, '}' when depth > 0 => depth - 1, _ => depth };
            }
        }

        return parts;
    }

    /// <summary>
    /// Checks a location by where it really lies. What is passed on is the allowed location that it lies in, as that is written, and the rest without links: a document keeps
    /// the URI that it has in the ledger, and no link below is followed again.
    /// </summary>
    private static string Check(string? location, List<(string Given, string Plain)> roots)
    {
        if (string.IsNullOrWhiteSpace(location) || location.Length > LongestLocation || location.Any(char.IsControl))
        {
            throw Bad("A source is empty, too long, or has control characters in it.");
        }

        var plain = Plain(location) ?? throw Bad($"The source '{Secrets.Redact(location)}' is neither an absolute path nor an http://, https:// or s3:// URI.");
        var lexical = Lexical(location)!;
        var holders = roots.Where(root => RealPaths.IsWithin(plain, root.Plain)).ToList();
        if (holders.Count == 0)
        {
            throw new ApiException(StatusCodes.Status403Forbidden, $"The source '{Secrets.Redact(location)}' is not among those that may be ingested from here. Ingest it once from the command line, or add it to sluice.http.sources.");
        }

        if (!plain.StartsWith('/'))
        {
            return location;
        }

        var holder = holders.OrderByDescending(root => RealPaths.IsWithin(lexical, root.Given)).ThenByDescending(static root => root.Plain.Length).First();
        return Path.Join(holder.Given, plain[holder.Plain.Length..]) is var resolved && resolved.Length > 1 ? resolved.TrimEnd('/') : resolved;
    }

    /// <summary>A location in one form: paths with links and dots resolved, URIs normalized; null for none of either.</summary>
    private static string? Plain(string location) => Lexical(location) is { } lexical && lexical.StartsWith('/') ? RealPaths.Resolve(lexical) : Lexical(location);

    /// <summary>A location in one form, links as they are: an absolute path without dots, or a URI; null for none of either.</summary>
    private static string? Lexical(string location)
    {
        if (location.StartsWith('/'))
        {
            return WithoutDots(location);
        }

        if (!Uri.TryCreate(location, UriKind.Absolute, out var uri))
        {
            return null;
        }

        return uri.Scheme switch
        {
            "file" when uri.Host.Length == 0 => WithoutDots(Uri.UnescapeDataString(uri.AbsolutePath)),
            "http" or "https" or "s3" when uri.UserInfo.Length == 0 => $"{uri.Scheme}://{uri.Authority.ToLowerInvariant()}{uri.AbsolutePath}{uri.Query}",
            _ => null,
        };
    }

    private static string WithoutDots(string path) => Path.GetFullPath(path) is var full && full.Length > 1 ? full.TrimEnd('/') : full;

    private static ApiException Bad(string detail) => new(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"{detail}"));
}

/// <summary>What a posted job may read.</summary>
/// <param name="Locations">Its sources: absolute paths or URIs, with whatever secrets they carry.</param>
/// <param name="LinkRoots">Absolute paths of the folders into which links may lead.</param>
internal sealed record AllowedSources(IReadOnlyList<string> Locations, IReadOnlyList<string> LinkRoots)
{
    /// <summary>The setting that keeps links within what is allowed.</summary>
    public CommandLineSetting LinkSetting => new("source.link-roots", "", "the sources that may be ingested from here", [.. LinkRoots]);
}
