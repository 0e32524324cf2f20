using Sluice.TestKit.Files;
using Sluice.TestKit.Models;

namespace Sluice.Dashboard.Tests.Runs;

/// <summary>A model cache for all runs of these tests: the default model is converted once.</summary>
public sealed class ModelCache : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The environment of a program that uses it.</summary>
    public Dictionary<string, string> Environment() => new(StringComparer.Ordinal) { ["SLUICE_HOME"] = Repository.Root, ["SLUICE_CACHE"] = _folder.Path };

    public void Dispose() => _folder.Dispose();
}
