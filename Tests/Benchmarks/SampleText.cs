using System.Text;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>English text for measurements: the Markdown files of the repository and the licence of the model, repeated.</summary>
internal static class SampleText
{
    public static string Read(int characters)
    {
        var text = new StringBuilder();
        var files = Directory.EnumerateFiles(Repository.Root, "*.md").Concat(Directory.EnumerateFiles(Repository.NpmPackage, "LICENSE")).Order(StringComparer.Ordinal).Select(File.ReadAllText).ToList();
        while (text.Length < characters)
        {
            files.ForEach(file => text.Append(file).Append('\n'));
        }

        return text.ToString(0, characters);
    }
}
