using System.ComponentModel.DataAnnotations;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Configuration;

/// <summary>
/// Binds the configuration. Strength rises: shipped <c>akka.hocon</c>, the user's <c>akka.hocon</c>, environment variables, command line. All mistakes are told
/// in one message.
/// </summary>
/// <param name="schema">The settings there are.</param>
/// <param name="rules">Checks across settings; each yields what is wrong.</param>
internal sealed class ConfigurationLoader(OptionSchema schema, IReadOnlyList<Func<SluiceSettings, IEnumerable<string>>> rules)
{
    private const string Prefix = "SLUICE_";

    /// <summary>Variables that are not settings, but the program's own.</summary>
    private static readonly HashSet<string> OtherVariables = new(StringComparer.Ordinal) { "SLUICE_API_READ_TOKEN", "SLUICE_API_TOKEN", "SLUICE_CACHE", "SLUICE_DEBUG", "SLUICE_HOME" };

    /// <summary>Settings that a job may not bring.</summary>
    private static readonly string[] s_ofNodes = ["sluice.cluster.", "sluice.ledger.", "sluice.cache.", "sluice.display.", "sluice.embedding.threads.", "sluice.embedding.sessions."];

    private readonly List<string> _errors = [];
    private readonly Dictionary<string, (HoconValue Value, string Origin, bool IsShipped)> _written = new(StringComparer.Ordinal);
    private readonly List<string> _files = [];
    private readonly List<string> _akka = [];

    /// <summary>Loads the configuration with the settings and rules of this program.</summary>
    /// <param name="sources">Where it comes from.</param>
    /// <returns>The bound configuration.</returns>
    /// <exception cref="ConfigurationException">Something is wrong; the message lists everything.</exception>
    public static SluiceSettings Load(ConfigurationSources sources) =>
        new ConfigurationLoader(new(SluiceSections.All), CrossFieldRules.All).Read(sources);

    /// <summary>Loads the configuration. To be called once.</summary>
    /// <param name="sources">Where it comes from.</param>
    /// <returns>The bound configuration.</returns>
    /// <exception cref="ConfigurationException">Something is wrong; the message lists everything.</exception>
    public SluiceSettings Read(ConfigurationSources sources)
    {
        ReadFiles(sources);
        ReadEnvironment(sources.Environment);
        foreach (var setting in sources.Overrides)
        {
            ReadOverride(setting);
        }

        if (sources.Job is { } job)
        {
            ReadJob(job.Text, job.Name, sources);
        }

        var settings = Bind();
        if (_errors.Count == 0)
        {
            foreach (var rule in rules)
            {
                _errors.AddRange(rule(settings));
            }
        }

        return _errors.Count switch
        {
            0 => settings,
            1 => throw new ConfigurationException("The configuration has an error: " + Sentence(_errors[0])),
            _ => throw new ConfigurationException($"The configuration has {_errors.Count} errors:\n{string.Join('\n', _errors.Select(static error => "  - " + Sentence(error)))}"),
        };
    }

    private static string Sentence(string error) => error.EndsWith('?') ? error : error + '.';

    private void ReadFiles(ConfigurationSources sources)
    {
        byte[]? shipped = null;
        if (sources.DefaultsFile is not null && File.Exists(sources.DefaultsFile))
        {
            shipped = File.ReadAllBytes(sources.DefaultsFile);
            ReadFile(shipped, sources.DefaultsFile, sources, isShipped: true);
        }

        var named = sources.ConfigFile is null ? null : Path.GetFullPath(sources.ConfigFile, sources.WorkingDirectory);
        if (named is not null && !File.Exists(named))
        {
            _errors.Add($"--config {sources.ConfigFile}: there is no such file");
            return;
        }

        var file = named ?? Path.Combine(sources.WorkingDirectory, ConfigurationSources.FileName);
        if (!File.Exists(file))
        {
            return;
        }

        try
        {
            // In Sluice's own folder the two are the same; a named file is read in any case, so that messages name it.
            var bytes = File.ReadAllBytes(file);
            if (named is not null || shipped is null || !bytes.AsSpan().SequenceEqual(shipped))
            {
                ReadFile(bytes, file, sources, isShipped: false);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _errors.Add($"{file} cannot be read: {exception.Message}");
        }
    }

    private void ReadFile(byte[] bytes, string file, ConfigurationSources sources, bool isShipped)
    {
        _files.Add(file);
        var name = Path.GetRelativePath(sources.WorkingDirectory, file);
        name = name.StartsWith("..", StringComparison.Ordinal) ? file : name;
        HoconFile read;
        try
        {
            read = HoconReader.Read(System.Text.Encoding.UTF8.GetString(bytes), name, sources.Environment.GetValueOrDefault);
        }
        catch (ConfigurationException exception)
        {
            _errors.Add(exception.Message);
            return;
        }

        foreach (var (root, line) in read.OtherRoots)
        {
            if (root != "akka" && Suggestions.Nearest(root, ["sluice", "akka"]) is { } meant)
            {
                _errors.Add($"{name}:{line}: there is no setting {root}{Suggestions.DidYouMean(meant)}");
            }
        }

        if (read.AkkaText.Length > 0)
        {
            _akka.Add(read.AkkaText);
        }

        foreach (var setting in read.Settings)
        {
            Take(setting.Path, setting.Value, $"{name}:{setting.Line}", isShipped);
        }
    }

    private void ReadJob(string text, string name, ConfigurationSources sources)
    {
        HoconFile read;
        try
        {
            read = HoconReader.Read(text, name, sources.Environment.GetValueOrDefault);
        }
        catch (ConfigurationException exception)
        {
            _errors.Add(exception.Message);
            return;
        }

        foreach (var (root, line) in read.OtherRoots)
        {
            _errors.Add($"{name}:{line}: a job has settings below sluice, not below {root}");
        }

        foreach (var setting in read.Settings)
        {
            if (s_ofNodes.Any(prefix => setting.Path.Equals(prefix.TrimEnd('.'), StringComparison.Ordinal) || setting.Path.StartsWith(prefix, StringComparison.Ordinal)))
            {
                _errors.Add($"{name}:{setting.Line}: {setting.Path} belongs to a node and not to a job; set it on the nodes");
                continue;
            }

            Take(setting.Path, setting.Value, $"{name}:{setting.Line}", isShipped: false);
        }
    }

    private void ReadEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment.Where(static entry => entry.Key.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            if (OtherVariables.Contains(name))
            {
                continue;
            }

            if (schema.FindByEnvironmentVariable(name) is { } key)
            {
                Take(key.Path, AsWritten(value), $"environment variable {name}", isShipped: false);
                continue;
            }

            // Orchestrators set variables such as SLUICE_SERVICE_HOST on their own; a name that is far from all of ours is left alone unless it has our separator.
            var meant = Suggestions.Nearest(name, schema.Keys.Select(static known => known.EnvironmentVariable).Concat(OtherVariables));
            if (meant is not null || name.Contains("__", StringComparison.Ordinal))
            {
                _errors.Add($"environment variable {name}: there is no such setting{Suggestions.DidYouMean(meant)}");
            }
        }
    }

    private void ReadOverride(CommandLineSetting setting)
    {
        var path = setting.Path;
        if (path.StartsWith("akka.", StringComparison.Ordinal))
        {
            _akka.Add($"{path} = \"{setting.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"\n");
            return;
        }

        if (!path.StartsWith("sluice.", StringComparison.Ordinal))
        {
            path = "sluice." + path;
        }

        Take(path, setting.Items is null ? AsWritten(setting.Value) : new(null, setting.Items), setting.Origin, isShipped: false);
    }

    /// <summary>Values of variables and options are plain text, so that paths and URIs need no quotes; only a list in brackets is read as one.</summary>
    private static HoconValue AsWritten(string value)
    {
        var trimmed = value.Trim();
        if (!trimmed.StartsWith('[') || !trimmed.EndsWith(']'))
        {
            return new(trimmed == "null" ? null : value);
        }

        var file = HoconReader.Read($"sluice.value = {trimmed}", "value", static _ => null);
        return file.Settings[0].Value;
    }

    private void Take(string path, HoconValue value, string origin, bool isShipped)
    {
        if (schema.Find(path) is null)
        {
            _errors.Add($"{origin}: {schema.DescribeUnknown(path)}");
            return;
        }

        _written[path] = (value, origin, isShipped);
    }

    private SluiceSettings Bind()
    {
        var objects = schema.Sections.Select(static section => Activator.CreateInstance(section.Type)!).ToArray();
        var effective = new List<EffectiveSetting>();
        foreach (var key in schema.Keys)
        {
            var section = objects[key.Section];
            var (origin, isDefault) = ("built in", true);
            if (_written.TryGetValue(key.Path, out var written))
            {
                (origin, isDefault) = (written.Origin, written.IsShipped);
                BindOne(key, section, written.Value, origin);
            }

            var text = key.IsSecret ? Secrets.Mask : Secrets.Redact(OptionValues.Format(key.Property, key.Get(section)));
            effective.Add(new(key.Path, text, origin, isDefault));
        }

        foreach (var section in objects.OfType<IValidatableObject>())
        {
            _errors.AddRange(section.Validate(new(section)).Select(static result => result.ErrorMessage?.TrimEnd('.') ?? "an options class is invalid"));
        }

        var options = objects.ToDictionary(static section => section.GetType());
        return new(options, effective, string.Join('\n', _akka), _files);
    }

    private void BindOne(OptionKey key, object section, HoconValue written, string origin)
    {
        var shown = key.IsSecret ? Secrets.Mask : Secrets.Redact(written.ToString());
        if (OptionValues.TryConvert(key.Property, written, out var value) is { } problem)
        {
            _errors.Add($"{origin}: {key.Path} = {shown} {problem}");
            return;
        }

        foreach (var attribute in key.Validations)
        {
            if (!attribute.IsValid(value))
            {
                _errors.Add($"{origin}: {key.Path} = {shown} {OptionValues.DescribeRule(key.Property, attribute)}");
                return;
            }
        }

        key.Set(section, value);
    }
}
