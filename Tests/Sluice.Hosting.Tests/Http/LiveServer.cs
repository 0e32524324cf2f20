using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Local;
using Sluice.Hosting.Monitoring;
using Sluice.Hosting.Telemetry;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;
using Sluice.TestKit.Sinks;
using Vector = Sluice.Streams.Vectors.Embedding;

namespace Sluice.Hosting.Tests.Http;

/// <summary>The real server of one machine over a real pipeline with a real ledger, and a model that only hashes; a test says how slow model and database are.</summary>
internal sealed class LiveServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly TelemetryHost _telemetry;
    private readonly ScriptedSink _sink;
    private readonly ILedger _ledger;
    private LocalServer? _server;
    private long _writes;

    private LiveServer(string? source)
    {
        Docs = Directory.CreateDirectory(System.IO.Path.Combine(_folder.Path, "docs")).FullName;
        Sources = new ConfigurationSources
        {
            DefaultsFile = Repository.PathTo("akka.hocon"),
            WorkingDirectory = _folder.Path,
            Overrides =
            [
                new("chunking.size", "32", "test"), new("chunking.overlap", "0", "test"), new("pipeline.sink-flush-age", "5ms", "test"), new("pipeline.batch-flush-age", "5ms", "test"),
                new("http.sources", "", "test", source is null ? [Docs] : [Docs, source]), new("source.http.allow-private-addresses", "true", "test"), new("database", $"sqlite:{_folder.Path}/sluice.db", "test"), new("pipeline.packing-window-tokens", "2048", "test"), new("pipeline.batch-rows", "16", "test"),
            ],
        };
        Settings = ConfigurationLoader.Load(Sources);
        _telemetry = TelemetryHost.Create(Settings, new Dictionary<string, string>(StringComparer.Ordinal), scraped: true, TimeProvider.System)!;
        var uris = DatabaseUris.From(Settings.Get<SluiceOptions>(), _folder.Path);
        SinkUri = uris.Sink;
        var inner = VectorSinks.Open(uris.Sink, Settings.Get<SinkOptions>(), TimeProvider.System);
        _sink = new ScriptedSink(
            async records =>
            {
                await Task.Delay(SinkDelay, TimeProvider.System);
                Interlocked.Increment(ref _writes);
                return await inner.UpsertAsync(records, CancellationToken.None);
            },
            inner.Capabilities with { MaxRecords = 64, MaxConcurrency = 1 },
            inner);
        _ledger = new SluiceRooms(Settings, NullLoggerFactory.Instance, TimeProvider.System).OpenLedger(uris.Ledger);
    }

    public string Docs { get; }

    public ConfigurationSources Sources { get; }

    public SluiceSettings Settings { get; }

    public string SinkUri { get; }

    public string Address => _server!.Address;

    public TimeSpan SinkDelay { get; set; } = TimeSpan.Zero;

    public TimeSpan EmbedDelay { get; set; } = TimeSpan.Zero;

    public long Writes => Interlocked.Read(ref _writes);

    /// <summary>What was logged.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Starts it.</summary>
    /// <param name="source">A location that posted jobs may read beside the documents' folder.</param>
    public static async Task<LiveServer> StartAsync(string? source = null)
    {
        var live = new LiveServer(source);
        var loggers = LoggerFactory.Create(builder => builder.AddProvider(new Logging.ListLoggerProvider(live.Log)));
        await live._ledger.InitializeAsync(CancellationToken.None);
        var parts = new LocalServerParts(
            live.Sources, live.Settings, settings => new Rooms(live, settings), live.SinkUri, live._sink, live._ledger, [], new RunNames([], live._sink.Name, null), new ApiTokens(null, null), live._telemetry, loggers, TimeProvider.System);
        live._server = await LocalServer.StartAsync(parts, "127.0.0.1:0", "test", CancellationToken.None);
        live._client.BaseAddress = new Uri(live._server.Address);
        return live;
    }

    public void WriteDocs(int count)
    {
        for (var index = 0; index < count; index++)
        {
            _folder.Write($"docs/d{index:0000}.md", $"# Document {index}\n\n" + string.Join("\n\n", Enumerable.Range(0, 6).Select(part => $"Paragraph {part} of document {index} speaks of rivers, locks, weirs and mills in many words that are number {index * 31 % 97} and more, so that it is a piece of its own.")));
        }
    }

    public void Write(string name, string text) => _folder.Write("docs/" + name, text);

    public async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await _client.GetStringAsync(path)).RootElement;

    public Task<string> GetTextAsync(string path) => _client.GetStringAsync(path);

    public async Task<JsonElement> PostAsync(string path, object? body = null)
    {
        using var answer = await _client.PostAsync(path, JsonContent.Create(body ?? new { }));
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Posts a job.</summary>
    /// <returns>The status and the body.</returns>
    public async Task<(int Status, string Body)> SubmitAsync(object job)
    {
        using var answer = await _client.PostAsync("api/v1/jobs", JsonContent.Create(job));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task<JsonElement> IngestAsync() => PostAsync("api/v1/jobs", new { sources = new[] { Docs } });

    /// <summary>Follows the live overviews until one is as a test wants it.</summary>
    public async Task<JsonElement> UntilAsync(string what, Func<JsonElement, bool> wanted)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/events");
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        using var patience = new CancellationTokenSource(Patience);
        var last = "";
        try
        {
            var overview = false;
            while (await reader.ReadLineAsync(patience.Token) is { } line)
            {
                overview = line.StartsWith("event: ", StringComparison.Ordinal) ? line == "event: overview" : overview;
                if (overview && line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    last = line[6..];
                    var json = JsonDocument.Parse(last).RootElement;
                    if (wanted(json))
                    {
                        return json;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        throw new TimeoutException($"no overview within {Patience} in which {what}; the last one: {last}");
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        await _sink.DisposeAsync();
        await _ledger.DisposeAsync();
        _telemetry.Dispose();
        _client.Dispose();
        _folder.Dispose();
    }

    private sealed class Rooms(LiveServer live, SluiceSettings settings) : ISluiceRooms
    {
        private readonly SluiceRooms _real = new(settings, NullLoggerFactory.Instance, TimeProvider.System);

        public IDocumentParser CreateParser(IModelHandle model) => _real.CreateParser(model);

        public IDocumentSource OpenSource(SourceLocation location, IReadOnlyList<string> ownFiles) => _real.OpenSource(location, ownFiles);

        public Task<IModelHandle> OpenModelAsync(string model, Action<string> notify, CancellationToken cancellationToken) => Task.FromResult<IModelHandle>(new HashingModel(live));

        public Task<IModelHandle> OpenModelAsync(CollectionInfo collection, Action<string> notify, CancellationToken cancellationToken) => Task.FromResult<IModelHandle>(new HashingModel(live));

        public string? DescribeModel(CollectionInfo collection) => null;

        public IReadOnlyList<ModelEntry> ListModels() => [];

        public IChunker CreateChunker(IModelHandle model) => _real.CreateChunker(model);

        public ILedger OpenLedger(string uri) => _real.OpenLedger(uri);

        public IVectorSink OpenSink(string uri) => _real.OpenSink(uri);

        public Task<VerificationResult> VerifyAsync(IVectorSink sink, ILedger ledger, bool repair, CancellationToken cancellationToken) => _real.VerifyAsync(sink, ledger, repair, cancellationToken);

        public IIngestion CreateIngestion(IngestionPlan plan, Action<string> notify) => _real.CreateIngestion(plan, notify);

        public FanOutIngestion CreateFanOut(IReadOnlyList<IngestionPlan> plans, Action<string> notify) => _real.CreateFanOut(plans, notify);
    }

    private sealed class HashingModel(LiveServer live) : IModelHandle
    {
        private readonly HashingEmbedder _embedder = new();

        public EmbeddingModelInfo Info => _embedder.Model;

        public string Folder => "/models/hashing";

        public string Devices => "cuda:7";

        public int Sessions => 1;

        public ITokenizer Tokenizer { get; } = new WordTokenizer();

        public IReadOnlyList<ModelFact> Describe() => [];

        public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public IEmbeddingService CreateService(int batchTokens, long maxWaitingTokens) => new Service(this);

        public IEmbedder CreateEmbedder() => new Slowed(live);

        public async Task<Vector> EmbedQueryAsync(string question, CancellationToken cancellationToken)
        {
            var tokens = new TokenBuffer();
            Tokenizer.Encode(question, tokens);
            return (await _embedder.EmbedAsync([tokens.Ids.ToArray()], cancellationToken))[0];
        }

        public ValueTask DisposeAsync() => _embedder.DisposeAsync();
    }

    private sealed class Service(HashingModel model) : IEmbeddingService
    {
        public Task<(IReadOnlyList<Vector> Embeddings, long Tokens)> EmbedAsync(IReadOnlyList<string> texts, bool areQueries, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Vector> EmbedQuestionAsync(string question, CancellationToken cancellationToken) => model.EmbedQueryAsync(question, cancellationToken);

        public Vector Shorten(Vector embedding, int dimensions) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Slowed(LiveServer live) : IEmbedder
    {
        private readonly HashingEmbedder _embedder = new();

        public EmbeddingModelInfo Model => _embedder.Model;

        public async ValueTask<IReadOnlyList<Vector>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken)
        {
            await Task.Delay(live.EmbedDelay, TimeProvider.System, cancellationToken);
            return await _embedder.EmbedAsync(batch, cancellationToken);
        }

        public ValueTask DisposeAsync() => _embedder.DisposeAsync();
    }
}
