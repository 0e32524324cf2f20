using System.Globalization;
using Microsoft.AspNetCore.Http;
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
    /// <returns>The locations.</returns>
    /// <exception cref="ApiException">It is not a job, or not allowed.</exception>
    public static IReadOnlyList<string> Check(JobRequest request, IEnumerable<string> allowed)
    {
        if (request.Sources is not { Count: > 0 and <= MostSources } sources)
        {
            throw Bad($"sources must name 1 to {MostSources} locations.");
        }

        if (request.Name is { Length: > 200 } or "")
        {
            throw Bad("name must have 1 to 200 characters, or be left out.");
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

        var roots = allowed.Select(Plain).OfType<string>().ToList();
        return [.. sources.Select(source => Check(source, roots))];
    }

    /// <summary>The request's settings as those of a command line.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The settings; lists are cut at commas.</returns>
    public static IEnumerable<CommandLineSetting> Settings(IReadOnlyDictionary<string, string>? settings)
    {
        foreach (var (key, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            yield return s_lists.Contains(key, StringComparer.Ordinal)
                ? new CommandLineSetting(key, "", $"settings.{key}", value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                : new CommandLineSetting(key, value, $"settings.{key}");
        }
    }

    /// <summary>A job's name: the one that was given, else that of its sources.</summary>
    /// <param name="given">The name; null for none.</param>
    /// <param name="locations">The sources.</param>
    /// <returns>The name.</returns>
    public static string NameOf(string? given, IReadOnlyList<string> locations)
    {
        var name = given ?? string.Join(' ', locations.Select(static location => location.TrimEnd('/')[(location.TrimEnd('/').LastIndexOf('/') + 1)..]));
        return name.Length > 100 ? name[..100] : name;
    }

    private static string Check(string? location, List<string> roots)
    {
        if (string.IsNullOrWhiteSpace(location) || location.Length > LongestLocation || location.Any(char.IsControl))
        {
            throw Bad("A source is empty, too long, or has control characters in it.");
        }

        var plain = Plain(location) ?? throw Bad($"The source '{Secrets.Redact(location)}' is neither an absolute path nor an http://, https:// or s3:// URI.");
        return roots.Exists(root => plain == root || plain.StartsWith(root.EndsWith('/') ? root : root + "/", StringComparison.Ordinal))
            ? location.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? plain : location
            : throw new ApiException(StatusCodes.Status403Forbidden, $"The source '{Secrets.Redact(location)}' is not among those that may be ingested from here. Ingest it once from the command line, or add it to sluice.http.sources.");
    }

    /// <summary>A location in one form: paths with links and dots resolved, URIs normalized; null for none of either.</summary>
    private static string? Plain(string location)
    {
        if (location.StartsWith('/'))
        {
            return Resolve(location);
        }

        if (!Uri.TryCreate(location, UriKind.Absolute, out var uri))
        {
            return null;
        }

        return uri.Scheme switch
        {
            "file" when uri.Host.Length == 0 => Resolve(Uri.UnescapeDataString(uri.AbsolutePath)),
            "http" or "https" or "s3" when uri.UserInfo.Length == 0 => $"{uri.Scheme}://{uri.Authority.ToLowerInvariant()}{uri.AbsolutePath}{uri.Query}",
            _ => null,
        };
    }

    /// <summary>A path without dots, links followed, so that a link inside an allowed folder leads nowhere else.</summary>
    private static string Resolve(string path)
    {
        var resolved = "/";
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(resolved, part);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            try
            {
                resolved = info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next;
            }
            catch (IOException)
            {
                resolved = next; // A link that leads in a circle; opening it says so.
            }
        }

        return resolved;
    }

    private static ApiException Bad(string detail) => new(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"{detail}"));
}
