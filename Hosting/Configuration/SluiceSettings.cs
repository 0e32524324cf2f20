namespace Sluice.Hosting.Configuration;

/// <summary>A setting as it counts.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Text">Its value, secrets masked.</param>
/// <param name="Origin">Where it was set: a file with line, an environment variable, an option.</param>
/// <param name="IsDefault">Whether it is what it would be if nobody had set it.</param>
internal sealed record EffectiveSetting(string Path, string Text, string Origin, bool IsDefault);

/// <summary>The whole configuration, bound and checked. The options objects are shared: not to be changed.</summary>
internal sealed class SluiceSettings
{
    private readonly IReadOnlyDictionary<Type, object> _options;

    public SluiceSettings(IReadOnlyDictionary<Type, object> options, IReadOnlyList<EffectiveSetting> effective, string akkaText, IReadOnlyList<string> files)
    {
        _options = options;
        Effective = effective;
        AkkaText = akkaText;
        Files = files;
    }

    /// <summary>Every setting with its value and origin.</summary>
    public IReadOnlyList<EffectiveSetting> Effective { get; }

    /// <summary>The settings of Akka.NET, weakest first, for its own parser.</summary>
    public string AkkaText { get; }

    /// <summary>The files that were read, weakest first.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The bound options of a section.</summary>
    /// <typeparam name="T">Its options class.</typeparam>
    /// <returns>The options.</returns>
    public T Get<T>()
        where T : class => (T)_options[typeof(T)];
}
