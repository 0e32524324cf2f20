namespace Sluice.TestKit.Files;

/// <summary>A folder of a test's own, removed with all in it when disposed.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("sluice-test-").FullName;

    public string Path { get; }

    /// <summary>Writes a file, making the folders above it.</summary>
    public string Write(string name, string text = "text")
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
