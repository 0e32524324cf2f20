using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding;

/// <summary>Where Sluice keeps what it can make again: converted models and what it has worked out about model folders.</summary>
public static class CacheFolder
{
    /// <summary>The user's cache folder: <c>$SLUICE_CACHE</c>, else <c>$XDG_CACHE_HOME/sluice</c>, else <c>~/.cache/sluice</c>. It need not exist yet.</summary>
    /// <returns>An absolute path.</returns>
    /// <exception cref="ConfigurationException">None of these is set and there is no home folder.</exception>
    public static string Locate() => Locate(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>The folder of the models below a cache folder.</summary>
    /// <param name="cacheFolder">The cache folder.</param>
    /// <returns>Its path.</returns>
    public static string Models(string cacheFolder) => Path.Combine(cacheFolder, "models");

    internal static string Locate(Func<string, string?> variable, string home)
    {
        if (variable("SLUICE_CACHE") is { Length: > 0 } own)
        {
            return Path.GetFullPath(own);
        }

        // The XDG rule: a relative path in the variable is ignored.
        if (variable("XDG_CACHE_HOME") is { Length: > 0 } shared && Path.IsPathRooted(shared))
        {
            return Path.Combine(shared, "sluice");
        }

        return home.Length > 0
            ? Path.Combine(home, ".cache", "sluice")
            : throw new ConfigurationException("There is no home folder to keep the model in. Set SLUICE_CACHE to a folder that can be written to.");
    }
}
