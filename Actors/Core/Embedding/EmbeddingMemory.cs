using System.IO.Hashing;
using System.Runtime.InteropServices;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// What is being embedded and what was embedded lately, by the tokens or the pixels: an embedding depends on nothing else. Bounded in bytes, the least recently used forgotten first. Safe for
/// concurrent use.
/// </summary>
/// <param name="maxBytes">Most bytes of embeddings held.</param>
internal sealed class EmbeddingMemory(long maxBytes)
{
    /// <summary>Bytes an entry takes besides its embedding, about.</summary>
    private const long Overhead = 160;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, LinkedListNode<(UInt128 Key, Embedding Embedding)>> _made = [];
    private readonly LinkedList<(UInt128 Key, Embedding Embedding)> _order = new();
    private readonly Dictionary<UInt128, TaskCompletionSource<EmbeddingResult>> _making = [];
    private long _bytes;

    /// <summary>Bytes held.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>What a chunk is known by: what is embedded of it.</summary>
    public static UInt128 KeyOf(Chunk chunk) => chunk.Image?.Hash ?? XxHash128.HashToUInt128(MemoryMarshal.AsBytes(chunk.Tokens.Span));

    /// <summary>An embedding that was made lately; null for none.</summary>
    public Embedding? Find(Chunk chunk)
    {
        var key = KeyOf(chunk);
        lock (_lock)
        {
            return Find_NeedsLock(key);
        }
    }

    /// <summary>Finds an embedding, or whoever is making it, or leaves it to the caller to make it and to say so with <see cref="Made"/> or <see cref="Failed"/>.</summary>
    /// <returns>The embedding; else the task of whoever makes it; else nothing, and the caller is the one.</returns>
    public (Embedding? Embedding, Task<EmbeddingResult>? Making) Claim(UInt128 key)
    {
        lock (_lock)
        {
            if (Find_NeedsLock(key) is { } found)
            {
                return (found, null);
            }

            if (_making.TryGetValue(key, out var making))
            {
                return (null, making.Task);
            }

            _making.Add(key, new TaskCompletionSource<EmbeddingResult>(TaskCreationOptions.RunContinuationsAsynchronously));
            return default;
        }
    }

    /// <summary>Tells what came out of a claim.</summary>
    public void Made(UInt128 key, EmbeddingResult result)
    {
        TaskCompletionSource<EmbeddingResult>? making;
        lock (_lock)
        {
            _making.Remove(key, out making);
            if (result.Embedding is { } embedding && !_made.ContainsKey(key))
            {
                _made.Add(key, _order.AddLast((key, embedding)));
                _bytes += embedding.Weight + Overhead;
                Forget_NeedsLock();
            }
        }

        making?.TrySetResult(result);
    }

    /// <summary>Tells that nothing came out of a claim.</summary>
    public void Failed(UInt128 key, Exception exception)
    {
        TaskCompletionSource<EmbeddingResult>? making;
        lock (_lock)
        {
            _making.Remove(key, out making);
        }

        making?.TrySetException(exception);
        _ = making?.Task.Exception; // Seen, also where nobody waits for it.
    }

    private Embedding? Find_NeedsLock(UInt128 key)
    {
        if (!_made.TryGetValue(key, out var node))
        {
            return null;
        }

        _order.Remove(node);
        _order.AddLast(node);
        return node.Value.Embedding;
    }

    private void Forget_NeedsLock()
    {
        while (_bytes > maxBytes && _order.First is { } oldest)
        {
            _order.RemoveFirst();
            _made.Remove(oldest.Value.Key);
            _bytes -= oldest.Value.Embedding.Weight + Overhead;
        }
    }
}
