using System.Diagnostics;
using Sluice.Streams.Chunks;
using Sluice.Streams.Monitoring;

namespace Sluice.Streams.Vectors;

/// <summary>Collects the embeddings of a group whose chunks are spread over several batches. Used by one stage at a time.</summary>
public sealed class GroupInProgress
{
    private readonly EmbeddingResult[] _results;
    private readonly Activity? _span;
    private int _missing;

    /// <summary>Begins with what the group brings along.</summary>
    /// <param name="group">The group.</param>
    public GroupInProgress(ChunkGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        Group = group;
        _span = PipelineTracing.Begin("embed", ActivityKind.Consumer, group.Trace);
        _results = new EmbeddingResult[group.Chunks.Count];
        _missing = _results.Length;
        if (group.Reused is { } reused)
        {
            for (var index = 0; index < _results.Length; index++)
            {
                if (reused[index] is { } embedding)
                {
                    Set(index, new EmbeddingResult(embedding, null));
                }
            }
        }
    }

    /// <summary>The group.</summary>
    public ChunkGroup Group { get; }

    /// <summary>Whether every chunk has its result.</summary>
    public bool IsComplete => _missing == 0;

    /// <summary>Whether the chunk at <paramref name="index"/> has its result.</summary>
    /// <param name="index">Position in the group.</param>
    /// <returns>Whether it has.</returns>
    public bool Has(int index) => _results[index] is not { Embedding: null, Rejection: null };

    /// <summary>Sets the result of a chunk; a second one is ignored.</summary>
    /// <param name="index">Position in the group.</param>
    /// <param name="result">The result.</param>
    public void Set(int index, EmbeddingResult result)
    {
        if (!Has(index))
        {
            _results[index] = result;
            _missing--;
        }
    }

    /// <summary>Makes the vector group; only when <see cref="IsComplete"/>.</summary>
    /// <returns>The group with its vectors.</returns>
    public VectorGroup Build()
    {
        var group = Group.WithoutImages();
        var records = new List<VectorRecord>(_results.Length);
        List<ChunkFailure>? failures = null;
        for (var index = 0; index < _results.Length; index++)
        {
            var chunk = group.Chunks[index];
            if (_results[index].Embedding is { } embedding)
            {
                records.Add(new VectorRecord(Group.Id.Document, Group.Uri, chunk, embedding));
            }
            else
            {
                (failures ??= []).Add(new ChunkFailure(chunk, _results[index].Rejection ?? throw new InvalidOperationException($"chunk {index} of a group has no result")));
            }
        }

        _span?.SetTag("sluice.chunks", _results.Length);
        PipelineTracing.End(_span);
        return new VectorGroup(_span is null ? group : group with { Trace = _span.Id }, records, (IReadOnlyList<ChunkFailure>?)failures ?? []);
    }
}
