using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Streams.Documents;

namespace Sluice.Hosting.Http;

/// <summary>What jobs posted to the API may ask for: sources that are allowed by name, settings of a short list.</summary>
internal static class JobRules
{
    private const int MostSources = 100;

    private static readonly string[] s_settings = ["source.include", "source.exclude", "source.hidden", "chunking.size", "chunking.overlap", "parsing.ocr.mode", "prune"];
    private static readonly string[] s_lists = ["source.include", "source.exclude"];

    /// <summary>Checks a request, and reads its locations.</summary>
    /// <param name="request">The request.</param>
    /// <param name="allowed">What may be read; of paths, everything below too.</param>
    /// <returns>The locations, and what keeps the job within the list.</returns>
    /// <exception cref="ApiException">It is not a job, or not allowed.</exception>
    public static AllowedSources Check(JobRequest request, IEnumerable<SourceScope> allowed)
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

        var list = new AllowList(allowed);
        return new AllowedSources([.. sources.Select(list.Admit)], list.Bounds);
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

    private static ApiException Bad(string detail) => new(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"{detail}"));
}

/// <summary>What a posted job reads.</summary>
/// <param name="Locations">Its sources, with whatever secrets they carry.</param>
/// <param name="Bounds">Settings that keep it within what is allowed.</param>
internal sealed record AllowedSources(IReadOnlyList<SourceLocation> Locations, IReadOnlyList<CommandLineSetting> Bounds)
{
    /// <summary>The sources as texts.</summary>
    public IReadOnlyList<string> Texts => [.. Locations.Select(static location => location.Text)];
}
