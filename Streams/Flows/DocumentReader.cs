using System.Runtime.CompilerServices;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Streams.Flows;

/// <summary>Reads one document: opens, hashes, parses, chunks, groups. Holds one group at most. Never throws for what is wrong with the document.</summary>
internal sealed class DocumentReader
{
    /// <summary>Seekable documents up to this size are hashed before they are parsed, which finds unchanged and duplicate ones; larger ones while they are parsed.</summary>
    private const long HashFirstLimit = 8 * 1024 * 1024;

    private readonly ParseParts _parts;
    private readonly PendingDocument _pending;
    private readonly long _generation;
    private readonly List<Chunk> _chunks = [];
    private readonly List<Chunk> _twinChunks = [];
    private IChunkSession? _twinSession;
    private long _weight;
    private int _taken;
    private int _groups;
    private int _kept;
    private long _chunkCount;
    private string? _hash;
    private ListedDocument? _listed;

    public DocumentReader(ParseParts parts, PendingDocument pending)
    {
        _parts = parts;
        _pending = pending;
        _generation = pending.Generation + 1;
    }

    /// <summary>Reads the document.</summary>
    /// <param name="cancellationToken">Stops reading: what was read is forgotten by whoever stops it.</param>
    /// <returns>Its events; the last one is a <see cref="DocumentRead"/>.</returns>
    public async IAsyncEnumerable<DocumentEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var events = ReadContentAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (events.ConfigureAwait(false))
        {
            while (true)
            {
                DocumentEvent? next;
                try
                {
                    next = await events.MoveNextAsync().ConfigureAwait(false) ? events.Current : End();
                }
                catch (Exception exception) when (DocumentFailure.Of(exception, cancellationToken) is { } failure)
                {
                    next = End() with { ContentHash = null, Rejection = failure.Rejection, Retry = failure.Retry };
                }

                yield return next;
                if (next is DocumentRead)
                {
                    yield break;
                }
            }
        }
    }

    private async IAsyncEnumerable<DocumentEvent> ReadContentAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var content = await _parts.Source.OpenAsync(_pending.Listed, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var before = await content.RevisitAsync().ConfigureAwait(false);
            if (await HashFirstAsync(content, cancellationToken).ConfigureAwait(false) && !_pending.Interrupted && string.Equals(_hash, _pending.ContentHash, StringComparison.Ordinal))
            {
                _listed = before;
                yield return End() with { Unchanged = true };
                yield break;
            }

            await _parts.Ledger.BeginAsync(_parts.Walk, [(_pending.Id, _generation)], cancellationToken).ConfigureAwait(false);
            var hasher = _hash is null ? new ContentHasher(content.Stream) : null;
            var read = hasher is null ? content : new DocumentContent(content.Uri, hasher, content.MediaType);
            var session = _parts.Chunker.Begin(_pending.Id);
            await foreach (var section in _parts.Parser.ParseAsync(read, cancellationToken).ConfigureAwait(false))
            {
                session.Add(section, _chunks);
                _twinSession?.Add(section, _twinChunks);
                while (IsGroupReady(complete: false))
                {
                    foreach (var next in await TakeGroupAsync(cancellationToken).ConfigureAwait(false))
                    {
                        yield return next;
                    }
                }
            }

            session.Complete(_chunks);
            _twinSession?.Complete(_twinChunks);
            while (IsGroupReady(complete: true))
            {
                foreach (var next in await TakeGroupAsync(cancellationToken).ConfigureAwait(false))
                {
                    yield return next;
                }
            }

            _hash ??= await hasher!.CompleteAsync(cancellationToken).ConfigureAwait(false);
            var after = await content.RevisitAsync().ConfigureAwait(false);
            if (before is not null && after is not null && (before.Length != after.Length || before.Modified != after.Modified || !string.Equals(before.Version, after.Version, StringComparison.Ordinal)))
            {
                yield return End() with
                {
                    ContentHash = null,
                    Retry = new TransientFailure(Reasons.Changing, "it changed while it was being read; it is read again, and needs to stay still that long", null),
                };
                yield break;
            }

            _listed = before;
            if (_chunkCount == 0)
            {
                yield return End() with { Rejection = Rejection.Skip(Reasons.Empty, "there is no text in it") };
            }
        }
    }

    /// <summary>Hashes the content before it is parsed, where that is cheap; with the hash, looks for a twin whose vectors can be reused.</summary>
    private async ValueTask<bool> HashFirstAsync(DocumentContent content, CancellationToken cancellationToken)
    {
        if (!content.Stream.CanSeek || (content.Stream.Length > HashFirstLimit && _pending.ContentHash is null))
        {
            return false;
        }

        _hash = await ContentHasher.HashAsync(content.Stream, cancellationToken).ConfigureAwait(false);
        content.Stream.Position = 0;
        if (_pending.Generation == 0 && await _parts.Ledger.FindTwinAsync(_parts.Walk, _hash, _pending.Id, cancellationToken).ConfigureAwait(false) is { } twin)
        {
            _twinSession = _parts.Chunker.Begin(twin);
        }

        return true;
    }

    private bool IsGroupReady(bool complete)
    {
        while (_taken < _chunks.Count && _taken < ChunkGroup.MaxChunks && (_taken == 0 || _weight + _chunks[_taken].Weight <= ChunkGroup.MaxWeight))
        {
            _weight += _chunks[_taken++].Weight;
        }

        return _taken > 0 && (complete || _taken < _chunks.Count || _taken == ChunkGroup.MaxChunks);
    }

    private async ValueTask<IReadOnlyList<DocumentEvent>> TakeGroupAsync(CancellationToken cancellationToken)
    {
        var taken = _chunks.GetRange(0, _taken);
        var twins = _twinSession is null ? [] : _twinChunks.GetRange(0, Math.Min(_taken, _twinChunks.Count));
        _chunks.RemoveRange(0, _taken);
        _twinChunks.RemoveRange(0, twins.Count);
        _taken = 0;
        _weight = 0;
        _chunkCount += taken.Count;
        _parts.Meter.Count(taken.Count, taken.Sum(static chunk => chunk.Tokens.Length));

        var events = new List<DocumentEvent>(2);
        if (_pending.Generation > 0)
        {
            await KeepStoredAsync(taken, events, cancellationToken).ConfigureAwait(false);
        }

        if (taken.Count > 0)
        {
            var group = new ChunkGroup(new GroupId(_pending.Id, _generation, _groups++), _pending.Listed.Uri, taken, _parts.Owner);
            events.Add(new GroupParsed(twins.Count == taken.Count ? await ReuseAsync(group, twins, cancellationToken).ConfigureAwait(false) : group));
        }

        return events;
    }

    /// <summary>Takes out the chunks that the sink holds already.</summary>
    private async ValueTask KeepStoredAsync(List<Chunk> taken, List<DocumentEvent> events, CancellationToken cancellationToken)
    {
        var stored = await _parts.Ledger.FindChunksAsync(_parts.Walk.Spec.Sink, _pending.Id, taken.ConvertAll(static chunk => chunk.Id), cancellationToken).ConfigureAwait(false);
        if (stored.Count == 0)
        {
            return;
        }

        var hashes = stored.ToDictionary(static chunk => chunk.Id, static chunk => chunk.PlaceHash);
        var kept = new List<LedgerChunk>(stored.Count);
        var moved = new List<Chunk>();
        taken.RemoveAll(chunk =>
        {
            if (!hashes.TryGetValue(chunk.Id, out var old))
            {
                return false;
            }

            var hash = PlaceHash.Of(chunk);
            kept.Add(new LedgerChunk(chunk.Id, hash));
            if (hash != old)
            {
                moved.Add(chunk);
            }

            return true;
        });
        _kept++;
        events.Add(new ChunksKept(_pending.Id, _generation, kept, moved));
    }

    /// <summary>Fills in the embeddings of a document with the same content, chunk by chunk, as far as the sink has them.</summary>
    private async ValueTask<ChunkGroup> ReuseAsync(ChunkGroup group, List<Chunk> twins, CancellationToken cancellationToken)
    {
        var found = await _parts.Fetch(twins.ConvertAll(static twin => twin.Id), cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? group : group with { Reused = twins.ConvertAll(twin => found.GetValueOrDefault(twin.Id)) };
    }

    private DocumentRead End() => new(_pending, _generation, _groups, _kept, _chunkCount) { ContentHash = _hash, Listed = _listed };
}
