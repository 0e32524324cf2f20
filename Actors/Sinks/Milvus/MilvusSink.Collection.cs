using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

internal sealed partial class MilvusSink
{
    private static readonly TimeSpan s_pollPause = TimeSpan.FromMilliseconds(250);

    public async Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var wanted = CollectionFit.Wanted(spec);
        CollectionFit.RequireStorable(wanted, Capabilities, "Milvus", MilvusSchema.MaxDimension);
        _collection = null;

        // Creating one that is there succeeds and changes nothing, whatever it holds: what counts is what is there afterwards.
        var there = await DescribeCollectionAsync(cancellationToken).ConfigureAwait(false);
        if (there is null)
        {
            await _client.CallAsync("collections/create", writer => MilvusSchema.WriteCreate(writer, wanted), retry: true, static _ => true, cancellationToken).ConfigureAwait(false);
            there = await DescribeCollectionAsync(cancellationToken).ConfigureAwait(false) ?? throw _client.Failures.Busy("does not show the collection that was just made");
        }

        var data = there.Value;
        var info = MilvusSchema.ReadInfo(data) ?? await AdoptAsync(data, wanted, cancellationToken).ConfigureAwait(false);
        CollectionFit.RequireSame(info, wanted, Place);
        RequireUnchanged(data, info);
        if (MilvusSchema.MissingIndexes(data) is { Count: > 0 } missing)
        {
            await _client.CallAsync("indexes/create", writer => MilvusSchema.WriteIndexes(writer, info, missing), retry: true, static _ => true, cancellationToken).ConfigureAwait(false);
        }

        await LoadAsync(cancellationToken).ConfigureAwait(false);
        _collection = info;
    }

    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        _collection = null;
        try
        {
            await _client.CallAsync("collections/drop", null, retry: true, static _ => true, cancellationToken).ConfigureAwait(false);
        }
        catch (MilvusMissingException)
        {
            // Gone is what was wanted.
        }
    }

    private async Task<CollectionInfo?> LoadInfoAsync(CancellationToken cancellationToken)
    {
        if (await DescribeCollectionAsync(cancellationToken).ConfigureAwait(false) is not { } data)
        {
            return null;
        }

        var info = MilvusSchema.ReadInfo(data) ?? throw NotOurs();
        RequireUnchanged(data, info);
        return info;
    }

    /// <summary>The server's description; null when there is no such collection.</summary>
    private async Task<JsonElement?> DescribeCollectionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _client.CallAsync("collections/describe", null, retry: true, static answer => answer.GetProperty("data").Clone(), cancellationToken).ConfigureAwait(false);
        }
        catch (MilvusMissingException)
        {
            return null;
        }
    }

    /// <summary>Gives its description to a collection of ours that has none: the server keeps none when it creates, or a crash came in between. Only to an empty one.</summary>
    private async Task<CollectionInfo> AdoptAsync(JsonElement data, CollectionInfo wanted, CancellationToken cancellationToken)
    {
        if (MilvusSchema.Difference(data, wanted) is not null || await IsFilledAsync(cancellationToken).ConfigureAwait(false))
        {
            throw NotOurs();
        }

        await _client.CallAsync(
            "collections/alter_properties",
            writer =>
            {
                writer.WriteStartObject("properties");
                writer.WriteString(MilvusSchema.DescriptionProperty, CollectionMarker.Write(wanted));
                writer.WriteEndObject();
            },
            retry: true,
            static _ => true,
            cancellationToken).ConfigureAwait(false);
        var again = await DescribeCollectionAsync(cancellationToken).ConfigureAwait(false);
        return again is { } now && MilvusSchema.ReadInfo(now) is { } info
            ? info
            : throw _client.Failures.Fatal("keeps no description of a collection: Sluice could not tell later what it holds. A version from 2.5 on is needed.");
    }

    private async Task<bool> IsFilledAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        return await CountRowsAsync(cancellationToken).ConfigureAwait(false) > 0;
    }

    /// <summary>Has the collection loaded into memory and waits for it.</summary>
    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        for (var asked = false; ; asked = true)
        {
            var (state, progress) = await _client.CallAsync(
                "collections/get_load_state",
                null,
                retry: true,
                static answer => answer.GetProperty("data") is var data && data.TryGetProperty("loadState", out var state)
                    ? (state.GetString(), data.TryGetProperty("loadProgress", out var progress) ? progress.ToString() : "?")
                    : (null, "?"),
                cancellationToken).ConfigureAwait(false);
            if (state == "LoadStateLoaded")
            {
                return;
            }

            if (_time.GetElapsedTime(began) > _options.LoadTimeout)
            {
                throw _client.Failures.Fatal($"did not load the collection within {_options.LoadTimeout.TotalSeconds:0} s (sluice.sinks.milvus.load-timeout); it is at {progress} %. Its memory may be too small for it.");
            }

            if (!asked)
            {
                await _client.CallAsync("collections/load", null, retry: true, static _ => true, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await Task.Delay(s_pollPause, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void RequireUnchanged(JsonElement data, CollectionInfo info)
    {
        if (MilvusSchema.Difference(data, info) is { } difference)
        {
            throw new StorageException($"The collection {Place} is not what its description says: {difference}. Name another one, or drop it and ingest again.");
        }
    }

    private StorageException NotOurs() => new($"The collection {Place} is there and was not made by Sluice (its description does not say what it holds). Name another one, or drop it.");
}
