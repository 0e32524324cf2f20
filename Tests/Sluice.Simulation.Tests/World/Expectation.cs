using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Simulation.Tests.World;

/// <summary>The model: what the database must hold, by what is written in the corpus, and what a reader must find at every moment.</summary>
internal sealed class Expectation(Corpus corpus, SinkState sink)
{
    private static readonly string[] s_special = ["poison", "stubborn", "sticky"];

    private readonly Dictionary<int, List<HashSet<ChunkId>>> _promised = [];
    private readonly Dictionary<int, HashSet<ChunkId>> _ever = [];

    /// <summary>Whether ledger and sink were told the truth by each other since they were last compared: no silent loss, no step back in time, no stale owner.</summary>
    public bool IsTrusted { get; set; } = true;

    public static bool IsSpecial(string text) => s_special.Any(word => text.Contains(word, StringComparison.Ordinal));

    /// <summary>Whether the database holds something of a document that it may refuse to give up.</summary>
    public bool HoldsSpecial(int document) => sink.Read(records => records.Values.Any(record => record.Document == Id(document) && IsSpecial(record.Chunk.Text)));

    /// <summary>A person wrote a document.</summary>
    public void Written(int document)
    {
        var text = corpus.Texts[document];
        if (Lines.IsCorrupt(text))
        {
            return; // What was readable is kept.
        }

        var ids = Ids(document);
        _ever.TryAdd(document, []);
        _ever[document].UnionWith(ids);
        if (IsSpecial(text) || text.Length == 0)
        {
            _promised.Remove(document);
        }
        else if (_promised.TryGetValue(document, out var versions))
        {
            versions.Add(ids);
        }
    }

    /// <summary>A person took a document away.</summary>
    public void Removed(int document) => _promised.Remove(document);

    /// <summary>Nothing is promised any more, until the next good run.</summary>
    public void Distrust()
    {
        IsTrusted = false;
        _promised.Clear();
    }

    /// <summary>A document is in the database as it is written now.</summary>
    public void Settled(int document)
    {
        var text = corpus.Texts[document];
        if (!Lines.IsCorrupt(text) && !IsSpecial(text) && text.Length > 0)
        {
            _promised[document] = [Ids(document)];
        }
    }

    /// <summary>Looks as a reader does: every document that was there is there, in one of the versions written since.</summary>
    /// <returns>What is missing; null when all is well.</returns>
    public string? Look()
    {
        if (_promised.Count == 0)
        {
            return null;
        }

        return sink.Read(records =>
        {
            foreach (var (document, versions) in _promised)
            {
                if (!versions.Exists(version => version.All(records.ContainsKey)))
                {
                    var missing = versions.MinBy(version => version.Count(id => !records.ContainsKey(id)))!.Count(id => !records.ContainsKey(id));
                    return $"a reader misses document {document}: it was in the database, nobody took it away, and {missing} of its chunks are not there";
                }
            }

            return null;
        });
    }

    /// <summary>Compares a document with the database.</summary>
    /// <param name="held">What the database holds, by document.</param>
    /// <param name="document">The document.</param>
    /// <param name="refuses">Whether the database refuses some records.</param>
    /// <returns>What differs; null when nothing does.</returns>
    public string? Compare(IReadOnlyDictionary<DocumentId, HashSet<ChunkId>> held, int document, bool refuses)
    {
        var found = held.GetValueOrDefault(Id(document)) ?? [];
        if (!corpus.Texts.TryGetValue(document, out var text))
        {
            return found.Count == 0 ? null : $"document {document} is gone, and {found.Count} of its chunks are still in the database";
        }

        if (Lines.IsCorrupt(text) || text.Length == 0 || (refuses && IsSpecial(text)))
        {
            var odd = found.Count(id => !(_ever.GetValueOrDefault(document) ?? []).Contains(id));
            return odd == 0 ? null : $"document {document} was never written with {odd} of the chunks that the database holds of it";
        }

        var expected = Ids(document);
        var (lost, extra) = (expected.Count(id => !found.Contains(id)), found.Count(id => !expected.Contains(id) && !(refuses && sink.Read(records => IsSpecial(records[id].Chunk.Text)))));
        return lost + extra == 0 ? null : $"document {document} has {expected.Count} chunks; the database lacks {lost} of them and holds {extra} others";
    }

    /// <summary>Compares the places of a document's chunks.</summary>
    public string? ComparePlaces(int document) => sink.Read(records => Lines.Cut(Id(document), corpus.Texts[document])
        .Where(chunk => records.TryGetValue(chunk.Id, out var record) && record.Chunk.Place != chunk.Place)
        .Select(chunk => $"a chunk of document {document} stands in line {chunk.Place.Line}, and the database says {records[chunk.Id].Chunk.Place.Line}")
        .FirstOrDefault());

    public DocumentId Id(int document) => DocumentId.FromUri(corpus.UriOf(document));

    private HashSet<ChunkId> Ids(int document) => [.. Lines.Cut(Id(document), corpus.Texts[document]).Select(static chunk => chunk.Id)];
}
