using System.Security.Cryptography;

namespace Sluice.Cluster.Models;

/// <summary>Reads the files of a model's folder.</summary>
internal static class ModelFiles
{
    private const int PieceLength = 256 * 1024;

    /// <summary>Lists them, with their hashes.</summary>
    public static IReadOnlyList<ModelFile> List(string folder)
    {
        var files = new List<ModelFile>();
        foreach (var path in Paths(folder))
        {
            using var stream = File.OpenRead(path);
            files.Add(new ModelFile(Relative(folder, path), stream.Length, SHA256.HashData(stream)));
        }

        return files;
    }

    /// <summary>Reads them piece by piece.</summary>
    public static IEnumerable<FilePiece> Read(string folder)
    {
        foreach (var path in Paths(folder))
        {
            using var stream = File.OpenRead(path);
            long offset = 0;
            do
            {
                var data = new byte[Math.Min(PieceLength, stream.Length - offset)];
                stream.ReadExactly(data);
                yield return new FilePiece(Relative(folder, path), offset, data);
                offset += data.Length;
            }
            while (offset < stream.Length);
        }
    }

    private static IOrderedEnumerable<string> Paths(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true }).Order(StringComparer.Ordinal);

    private static string Relative(string folder, string path) => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
}
