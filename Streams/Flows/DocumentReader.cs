using System.Runtime.CompilerServices;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

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
    private Func<IReadOnlyCollection<ChunkId>, CancellationToken, Task<IReadOnlyDictionary<ChunkId, Embedding>>>? _fetchTwin;
    private long _weight;
    private int _taken;
    private int _groups;
    private int _kept;
    private long _chunkCount;
    private bool _begun;
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
                    failure = await JudgeAsync(failure, cancellationToken).ConfigureAwait(false);
                    next = End() with { ContentHash = null, Rejection = failure.Rejection, Retry = failure.Retry };
                }

                Count(next);
                yield return next;
                if (next is DocumentRead)
                {
                    yield break;
                }
            }
        }
    }

    /// <summary>
    /// Counts what is really emitted, and only that: whoever waits for the document's end waits for as many acknowledgements as its last event says. What was begun and failed before
    /// it was emitted is acknowledged by nobody.
    /// </summary>
    private void Count(DocumentEvent emitted)
    {
        switch (emitted)
        {
            case GroupParsed parsed:
                _groups++;
                _chunkCount += parsed.Group.Chunks.Count;
                break;
            case ChunksKept kept:
                _kept++;
                _chunkCount += kept.Chunks.Count;
                break;
        }
    }

    /// <summary>A document that cannot be read while its source is away is not the one to blame: it is read again when the source is back.</summary>
    private async ValueTask<DocumentFailure> JudgeAsync(DocumentFailure failure, CancellationToken cancellationToken) =>
        failure.OfSource is { } reason && _parts.Guard is { } guard && await guard.WasAwayAsync(reason, cancellationToken).ConfigureAwait(false)
            ? new(null, new TransientFailure(reason, "its source was away", null) { IsOfSource = true })
            : failure;

    private async IAsyncEnumerable<DocumentEvent> ReadContentAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var content = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var before = await content.RevisitAsync().ConfigureAwait(false);
            if (await HashFirstAsync(content, cancellationToken).ConfigureAwait(false) && !_pending.Interrupted && string.Equals(_hash, _pending.ContentHash, StringComparison.Ordinal))
            {
                _listed = before;
                yield return End() with { Unchanged = true };
                yield break;
            }

            if ((await _parts.Ledger.BeginAsync(_parts.Walk, [(_pending.Id, _generation)], cancellationToken).ConfigureAwait(false)).Count > 0)
            {
                yield return End() with { Superseded = true };
                yield break;
            }

            _begun = true;
            var hasher = _hash is null ? new ContentHasher(content.Stream) : null;
            var read = new DocumentContent(content.Uri, hasher ?? content.Stream, content.MediaType) { Attempts = _pending.Attempts };
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

    private async ValueTask<DocumentContent> OpenAsync(CancellationToken cancellationToken)
    {
        if (_parts.Guard is not { } guard)
        {
            return await _parts.Source.OpenAsync(_pending.Listed, cancellationToken).ConfigureAwait(false);
        }

        await guard.PassAsync(cancellationToken).ConfigureAwait(false);
        var content = await _parts.Source.OpenAsync(_pending.Listed, cancellationToken).ConfigureAwait(false);
        guard.Opened();
        return content;
    }

    /// <summary>Hashes the content before it is parsed, where that is cheap; with the hash, looks for a twin whose vectors can be reused.</summary>
    private async ValueTask<bool> HashFirstAsync(DocumentContent content, CancellationToken cancellationToken)
    {
        if (!content.Stream.CanSeek || (content.Stream.Length > HashFirstLimit && _pending.ContentHash is null && _parts.Siblings.Count == 0))
        {
            return false;
        }

        _hash = await ContentHasher.HashAsync(content.Stream, cancellationToken).ConfigureAwait(false);
        content.Stream.Position = 0;
        await FindTwinAsync(_hash, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Looks for an indexed document of this content whose vectors can be had: in this sink where the document is new, and in those filled from the same documents.</summary>
    private async ValueTask FindTwinAsync(string hash, CancellationToken cancellationToken)
    {
        if (string.Equals(hash, _pending.ContentHash, StringComparison.Ordinal) && !_pending.Interrupted)
        {
            return;
        }

        if (_pending.Generation == 0 && await _parts.Ledger.FindTwinAsync(_parts.Walk, hash, _pending.Id, cancellationToken).ConfigureAwait(false) is { } twin)
        {
            (_twinSession, _fetchTwin) = (_parts.Chunker.Begin(twin), _parts.Fetch);
            return;
        }

        foreach (var sibling in _parts.Siblings)
        {
            var walk = _parts.Walk with { Spec = _parts.Walk.Spec with { Sink = sibling.Name } };
            if (await _parts.Ledger.FindTwinAsync(walk, hash, default, cancellationToken).ConfigureAwait(false) is { } same)
            {
                (_twinSession, _fetchTwin) = (_parts.Chunker.Begin(same), sibling.Fetch);
                return;
            }
        }
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
        _parts.Meter.Count(taken.Count, taken.Sum(static chunk => chunk.Positions));

        var twinOf = twins.Count == taken.Count && twins.Count > 0 ? Pairs(taken, twins) : null;
        var events = new List<DocumentEvent>(2);
        if (_pending.Generation > 0)
        {
            await KeepStoredAsync(taken, events, cancellationToken).ConfigureAwait(false);
        }

        if (taken.Count > 0)
        {
            var group = new ChunkGroup(new GroupId(_pending.Id, _generation, _groups), _pending.Listed.Uri, taken, _parts.Owner);
            events.Add(new GroupParsed(await ReuseAsync(group, twinOf, cancellationToken).ConfigureAwait(false)));
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
        var moved = new List<MovedChunk>();
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
                moved.Add(new MovedChunk(chunk.Image is null ? chunk : chunk with { Image = null }, old));
            }

            return true;
        });
        events.Add(new ChunksKept(_pending.Id, _generation, _pending.Listed.Uri, kept, moved));
    }

    /// <summary>Fills in the embeddings that need not be made: those just made for the same tokens, and those of a document with the same content, as far as a sink has them.</summary>
    private async ValueTask<ChunkGroup> ReuseAsync(ChunkGroup group, Dictionary<ChunkId, ChunkId>? twinOf, CancellationToken cancellationToken)
    {
        var reused = new Embedding?[group.Chunks.Count];
        var missing = new List<ChunkId>();
        for (var index = 0; index < reused.Length; index++)
        {
            reused[index] = _parts.Known(group.Chunks[index]);
            if (reused[index] is null && twinOf is not null)
            {
                missing.Add(twinOf[group.Chunks[index].Id]);
            }
        }

        if (missing.Count > 0)
        {
            var found = await _fetchTwin!(missing, cancellationToken).ConfigureAwait(false);
            for (var index = 0; index < reused.Length && found.Count > 0; index++)
            {
                reused[index] ??= found.GetValueOrDefault(twinOf![group.Chunks[index].Id]);
            }
        }

        return Array.TrueForAll(reused, static embedding => embedding is null) ? group : group with { Reused = reused };
    }

    private static Dictionary<ChunkId, ChunkId> Pairs(List<Chunk> chunks, List<Chunk> twins)
    {
        var pairs = new Dictionary<ChunkId, ChunkId>(chunks.Count);
        for (var index = 0; index < chunks.Count; index++)
        {
            pairs[chunks[index].Id] = twins[index].Id;
        }

        return pairs;
    }

    private DocumentRead End() => new(_pending, _generation, _groups, _kept, _chunkCount) { Begun = _begun, ContentHash = _hash, Listed = _listed };
}
