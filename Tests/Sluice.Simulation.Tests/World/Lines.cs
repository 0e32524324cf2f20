using System.Runtime.CompilerServices;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Simulation.Tests.World;

/// <summary>What documents consist of: each line is a chunk. The first line may say that the document is corrupt.</summary>
internal static class Lines
{
    public const string Corrupt = "%corrupt";

    /// <summary>The chunks that a document has, by their words and places.</summary>
    public static IReadOnlyList<Chunk> Cut(DocumentId document, string text)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var chunks = new List<Chunk>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.Length > 0)
            {
                chunks.Add(Make(document, line, seen, new Place(number, number + 1) { Line = number }));
            }
        }

        return chunks;
    }

    public static bool IsCorrupt(string text) => text.StartsWith(Corrupt, StringComparison.Ordinal);

    private static Chunk Make(DocumentId document, string text, Dictionary<string, int> seen, Place place)
    {
        var occurrence = seen[text] = seen.GetValueOrDefault(text, -1) + 1;
        return new Chunk(ChunkId.Create(document, text, occurrence), text, new[] { text.Length, text[0], text[^1] }, place);
    }

    /// <summary>Reads them.</summary>
    /// <param name="problemOf">What goes wrong with a document for reasons that lie in the surroundings; null for nothing.</param>
    public sealed class Parser(Func<string, Exception?> problemOf) : IDocumentParser
    {
        public string Fingerprint => "lines-1";

        public async IAsyncEnumerable<Section> ParseAsync(DocumentContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (problemOf(content.Uri) is { } problem)
            {
                throw problem;
            }

            using var reader = new StreamReader(content.Stream, leaveOpen: true);
            var number = 0;
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                number++;
                if (number == 1 && IsCorrupt(line))
                {
                    throw new DocumentRejectedException(Rejection.Dead(Reasons.Corrupt, "it says so"));
                }

                if (line.Length > 0)
                {
                    yield return new Section(SectionKind.Paragraph, line, new Place(number, number + 1) { Line = number });
                }
            }
        }
    }

    /// <summary>Cuts them.</summary>
    public sealed class Chunker : IChunker
    {
        public string Fingerprint => "lines-1";

        public IChunkSession Begin(DocumentId document) => new Session(document);

        private sealed class Session(DocumentId document) : IChunkSession
        {
            private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

            public void Add(Section section, ICollection<Chunk> ready) => ready.Add(Make(document, section.Text, _seen, section.Place));

            public void Complete(ICollection<Chunk> ready)
            {
            }
        }
    }
}
