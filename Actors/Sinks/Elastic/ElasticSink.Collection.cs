using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

internal sealed partial class ElasticSink
{
    private const string RefreshInterval = "refresh_interval";
    private const string Replicas = "number_of_replicas";

    /// <summary>Deleting by query and refreshing after a load may take longer than other requests.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(30);

    public async Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        var wanted = CollectionFit.Wanted(spec);
        CollectionFit.RequireStorable(wanted, Capabilities, _dialect.Database, _dialect.MaxDimension);
        var index = await LoadAsync(cancellationToken).ConfigureAwait(false);
        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        _dialect.RequireUsable(server, wanted.Kind, _client.Failures.Where);
        if (index is null)
        {
            await CreateAsync(spec.Model, wanted, cancellationToken).ConfigureAwait(false);
            index = await LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw _client.Failures.Busy("made an index that is not there yet");
        }

        RequireSame(index, wanted);
        if (index.Restore is not null)
        {
            await RestoreAsync(index, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        await _client.SendOnlyAsync(new SinkRequest(HttpMethod.Delete, _index) { Retry = true, Accept = [404] }, cancellationToken).ConfigureAwait(false);
        _known = null;
        _unseen = false;
    }

    public async Task BeginBulkLoadAsync(CancellationToken cancellationToken)
    {
        var index = await LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();
        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        var changes = new Dictionary<string, string>(_dialect.BulkLoadSettings(server), StringComparer.Ordinal) { [RefreshInterval] = "-1" };
        if (!server.IsServerless)
        {
            changes[Replicas] = "0";
        }

        // First noted what was, then changed: a crash in between restores what is not changed yet.
        if (index.Restore is null)
        {
            await NoteAsync(index, changes.Keys.ToDictionary(static name => name, index.Setting, StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);
        }

        await SetAsync(changes!, cancellationToken).ConfigureAwait(false);
        _known = null;
    }

    public async Task EndBulkLoadAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken).ConfigureAwait(false) is { Restore: not null } index)
        {
            await RestoreAsync(index, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task MakeVisibleAsync(CancellationToken cancellationToken)
    {
        _unseen = true;
        await SeeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes searches see what this sink wrote.</summary>
    private async Task SeeAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (!_unseen)
        {
            return;
        }

        _unseen = false; // Before: what is written meanwhile is not seen yet.
        try
        {
            await AskAsync(HttpMethod.Post, $"{_index}/_refresh", null, static _ => true, false, cancellationToken, s_patience).ConfigureAwait(false);
        }
        catch
        {
            _unseen = true;
            throw;
        }
    }

    private async Task CreateAsync(EmbeddingModelInfo model, CollectionInfo wanted, CancellationToken cancellationToken)
    {
        using var body = new PooledBody();
        using (var json = new Utf8JsonWriter(body, s_json))
        {
            IndexDefinition.Write(json, model, wanted, _address, _options, _dialect);
        }

        // Another process may be making it just now, and a repeated request may meet its own work: then what is there is compared.
        using var answer = await _client.SendAsync(new SinkRequest(HttpMethod.Put, _index) { Body = body, Retry = true, Accept = [400] }, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 400 && ElasticErrors.Read(answer) is var (type, reason) && type != ElasticErrors.AlreadyExists)
        {
            throw _client.Failures.Fatal($"did not make the index '{_address.Server.Collection}' ({type}): {reason}");
        }
    }

    private void RequireSame(ElasticIndex index, CollectionInfo wanted)
    {
        CollectionFit.RequireSame(index.Info, wanted, Place);
        if (_address.Language is { } language && index.Language != language)
        {
            throw new CollectionMismatchException($"The collection {Place} does not fit: its words are {index.Language}, not {language}. Leave language out of the address, name another collection, or drop it and ingest again.");
        }

        if (wanted.Kind == EmbeddingKind.Dense && (index.MappedDimension != wanted.Dimension || (index.MappedDistance is { } mapped && mapped != wanted.Distance)))
        {
            throw new CollectionMismatchException(
                $"The collection {Place} does not fit: its field '{ElasticFields.Embedding}' holds {index.MappedDimension} dimensions compared by {index.MappedDistance}, the model's have {wanted.Dimension} and are compared by {wanted.Distance}. Name another collection, or drop it and ingest again.");
        }
    }

    /// <summary>Puts settings back and lets searches see what was loaded.</summary>
    private async Task RestoreAsync(ElasticIndex index, CancellationToken cancellationToken)
    {
        await SetAsync(index.Restore!, cancellationToken).ConfigureAwait(false);
        await MakeVisibleAsync(cancellationToken).ConfigureAwait(false);
        await NoteAsync(index, null, cancellationToken).ConfigureAwait(false);
        _known = null;
    }

    private async Task SetAsync(IReadOnlyDictionary<string, string?> settings, CancellationToken cancellationToken) => await AskAsync(
        HttpMethod.Put,
        $"{_index}/_settings",
        json =>
        {
            json.WriteStartObject("index");
            foreach (var (name, value) in settings)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        },
        static _ => true,
        false,
        cancellationToken).ConfigureAwait(false);

    private async Task NoteAsync(ElasticIndex index, IReadOnlyDictionary<string, string?>? restore, CancellationToken cancellationToken) =>
        await AskAsync(HttpMethod.Put, $"{_index}/_mapping", json => index.WriteMeta(json, restore), static _ => true, false, cancellationToken).ConfigureAwait(false);
}
