using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Sluice.ClusterRuns;

/// <summary>Corpora for runs, and what one machine makes of them.</summary>
internal static class Corpus
{
    private const string Debian = "/usr/share/doc/postgresql-doc-15/html";

    /// <summary>Debian's PostgreSQL manual where it is installed.</summary>
    public static string Default => Directory.Exists(Debian)
        ? Debian
        : throw new InvalidOperationException($"there is no {Debian}; install it (apt-get install postgresql-doc-15) or name another folder of documents");

    /// <summary>Writes Markdown documents of some paragraphs each, every text different.</summary>
    public static string Write(string folder, int documents, int paragraphs)
    {
        var corpus = Path.Combine(folder, "corpus");
        Directory.CreateDirectory(corpus);
        var words = "river lock weir mill sluice gate barge tow path bank reed heron willow ferry bridge pier ford shoal bend mouth spring fall lake marsh".Split(' ');
        var random = new Random(7);
        for (var document = 0; document < documents; document++)
        {
            using var file = new StreamWriter(Path.Combine(corpus, string.Create(CultureInfo.InvariantCulture, $"d{document:00000}.md")));
            file.WriteLine($"# Document {document}\n");
            for (var paragraph = 0; paragraph < paragraphs; paragraph++)
            {
                file.Write(string.Create(CultureInfo.InvariantCulture, $"## Part {paragraph}\n\nParagraph {paragraph} of document {document}:"));
                for (var word = 0; word < 60; word++)
                {
                    file.Write(' ');
                    file.Write(words[random.Next(words.Length)]);
                }

                file.WriteLine(".\n");
            }
        }

        return corpus;
    }

    /// <summary>Runs <c>sluice ingest</c> on this machine alone, with the model of the lab's nodes when <paramref name="program"/> is null.</summary>
    /// <returns>Seconds it took.</returns>
    public static async Task<double> IngestAloneAsync(string program, string folder, string corpus, string database, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, ["ingest", corpus, "--to", database, "--ledger", $"sqlite:{Path.Combine(folder, "alone-ledger.db")}", "--json"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("sluice did not start");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        using var json = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
        return process.ExitCode == 0 ? json.RootElement.GetProperty("seconds").GetDouble() : throw new InvalidOperationException($"sluice ingest failed: {output}");
    }
}
