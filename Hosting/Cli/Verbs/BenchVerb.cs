using System.CommandLine;
using System.Globalization;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice bench</c>: how fast this machine is, part by part, on the user's own documents.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly Argument<string> _path = new("path") { HelpName = "PATH", Description = "Folder or file with real documents", Arity = ArgumentArity.ExactlyOne };
    private readonly Option<string?> _chunks = new("--chunks") { HelpName = "N", Description = "Chunks to measure with, 1 to 100,000; default 1,000" };
    private readonly Option<string?> _model = new("--model") { HelpName = "NAME|PATH", Description = "Embedding model (sluice.model)" };

    public BenchVerb()
        : base("bench", "Measures parsing with chunking, the tokenizer, and the bare model on real documents. Writes nothing.")
    {
        Add(_path);
        Add(_chunks);
        Add(_model);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _model, "model");

    public override async Task<int> RunAsync(VerbContext context)
    {
        if (!int.TryParse(context.Line.GetValue(_chunks) ?? "1000", NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > 100_000)
        {
            throw new ConfigurationException($"--chunks {context.Line.GetValue(_chunks)} is not a whole number from 1 to 100,000.");
        }

        var source = context.Rooms.OpenSource(SourceLocation.Parse(context.Line.GetRequiredValue(_path), context.Host.WorkingDirectory), context.Databases.OwnFiles());
        await using var model = await context.Rooms.OpenModelAsync(context.Settings.Get<SluiceOptions>().Model, context.Note, context.Stop);
        var chunks = new List<Chunk>();
        var clock = context.Host.TimeProvider;

        var start = clock.GetTimestamp();
        await CollectAsync(context, source, model, chunks, limit);
        Write(context, "parse and chunk", chunks.Sum(static chunk => (long)chunk.Positions), clock.GetElapsedTime(start));
        if (chunks.Count == 0)
        {
            throw new ConfigurationException("There is no text to measure with.");
        }

        if (!model.Info.EmbedsImages)
        {
            MeasureTokenizer(context, model, chunks);
        }

        Chunk[][] batches = [.. chunks.OrderBy(static chunk => chunk.Positions).Chunk(16)];
        Write(context, "bare model", chunks.Sum(static chunk => (long)chunk.Positions), await EmbedAsync(model, batches, clock, context.Stop));
        return ExitCodes.Success;
    }

    private static void MeasureTokenizer(VerbContext context, IModelHandle model, List<Chunk> chunks)
    {
        var buffer = new TokenBuffer();
        long tokens = 0;
        var start = context.Host.TimeProvider.GetTimestamp();
        foreach (var chunk in chunks)
        {
            model.Tokenizer.Encode(chunk.Text, buffer);
            tokens += buffer.Count;
        }

        Write(context, "tokenizer", tokens, context.Host.TimeProvider.GetElapsedTime(start));
    }

    /// <summary>Runs batches as an ingestion does: as many at once as the model is meant to work on.</summary>
    private static async Task<TimeSpan> EmbedAsync(IModelHandle model, Chunk[][] batches, TimeProvider clock, CancellationToken stop)
    {
        var embedders = Enumerable.Range(0, model.Sessions).Select(_ => model.CreateEmbedder()).ToList();
        try
        {
            await Task.WhenAll(embedders.Select(embedder => EmbedAsync(embedder, batches[^1], stop))); // Warm-up: memory is taken for the largest batch.
            var start = clock.GetTimestamp();
            var next = -1;
            await Task.WhenAll(embedders.Select(async embedder =>
            {
                for (var batch = Interlocked.Increment(ref next); batch < batches.Length; batch = Interlocked.Increment(ref next))
                {
                    await EmbedAsync(embedder, batches[batch], stop);
                }
            }));
            return clock.GetElapsedTime(start);
        }
        finally
        {
            foreach (var embedder in embedders)
            {
                await embedder.DisposeAsync();
            }
        }
    }

    private static async Task EmbedAsync(IEmbedder embedder, Chunk[] batch, CancellationToken stop) => _ = embedder.Model.EmbedsImages
        ? await embedder.EmbedImagesAsync(Array.ConvertAll(batch, static chunk => chunk.Image!), stop)
        : await embedder.EmbedAsync(Array.ConvertAll(batch, static chunk => chunk.Tokens), stop);

    private static async Task CollectAsync(VerbContext context, IDocumentSource source, IModelHandle model, List<Chunk> chunks, int limit)
    {
        var parser = context.Rooms.CreateParser(model);
        var chunker = context.Rooms.CreateChunker(model);
        await foreach (var page in source.ListAsync(null, context.Stop))
        {
            foreach (var document in page.Documents.Where(static document => document.Problem is null))
            {
                try
                {
                    await ChunkAsync(context, source, document, parser, chunker, chunks, limit);
                }
                catch (DocumentRejectedException rejected)
                {
                    context.Note($"left out: {document.Uri}: {rejected.Rejection.Reason}");
                }

                if (chunks.Count >= limit)
                {
                    return;
                }
            }
        }
    }

    private static async Task ChunkAsync(VerbContext context, IDocumentSource source, ListedDocument document, IDocumentParser parser, IChunker chunker, List<Chunk> chunks, int limit)
    {
        await using var content = await source.OpenAsync(document, context.Stop);
        var session = chunker.Begin(document.Id);
        await foreach (var section in parser.ParseAsync(content, context.Stop))
        {
            session.Add(section, chunks);
            if (chunks.Count >= limit)
            {
                return;
            }
        }

        session.Complete(chunks);
    }

    private static void Write(VerbContext context, string part, long tokens, TimeSpan elapsed) =>
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{part,-16} {tokens,12:N0} tokens in {DurationText.Humanize(elapsed),-10} {tokens / Math.Max(elapsed.TotalSeconds, 1e-9),14:N0} tokens/s"));
}
