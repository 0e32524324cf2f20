namespace Sluice.TestKit.Models;

/// <summary>Where the sources are, seen from a test that runs from its output folder.</summary>
public static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The npm package of the default model.</summary>
    public static string NpmPackage => Path.Combine(Root, "node_modules", "@energetic-ai", "model-embeddings-en");

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Akka.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Akka.sln.");
    }
}
