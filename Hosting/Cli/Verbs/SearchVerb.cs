using System.CommandLine;
using System.Globalization;
using Sluice.Actors.Parsing;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice search</c>: answers a question from the database.</summary>
internal sealed class SearchVerb : Verb
{
    private readonly Argument<string?> _question = new("question") { HelpName = "QUESTION", Description = "What you want to know; put it in quotes", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _image = new("--image") { HelpName = "FILE", Description = "A picture instead of a question: finds those like it, where the model embeds images" };
    private readonly Option<string?> _from = new("--from") { HelpName = "URI", Description = "Database to search (sluice.database)" };
    private readonly Option<string?> _mode = new("--mode") { HelpName = "MODE", Description = "vector: by meaning; fts: by words; hybrid: both (sluice.search.mode)" };
    private readonly Option<string?> _limit = new("--limit", "-k") { HelpName = "N", Description = "Hits to show, 1 to 1,000 (sluice.search.limit)" };
    private readonly Option<string?> _model = new("--model") { HelpName = "NAME|PATH", Description = "Model, where the database's own is not found: neither in the cache nor used here before" };
    private readonly Option<string?> _variant = new("--variant") { HelpName = "NAME", Description = "Which export of the model; by default the one that the database was made with" };
    private readonly Option<string?> _dimensions = new("--dimensions") { HelpName = "N", Description = "Components of a vector; by default as many as the database's have" };
    private readonly Option<string?> _device = new("--device") { HelpName = "DEVICE", Description = "Where the model runs: auto, cpu, cuda:0,cuda:1, tensorrt:0 (sluice.embedding.device)" };
    private readonly Option<string?> _uri = new("--uri") { HelpName = "GLOB", Description = "Only documents whose path or URI matches: 'docs/**/*.md'" };
    private readonly Option<string[]> _where = new("--where") { HelpName = "KEY=VALUE", Description = "Only pieces with this metadata; may be repeated" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes a JSON array of hits" };

    public SearchVerb()
        : base("search", "Answers a question from the database: the best places, with their text.")
    {
        Add(_question);
        Add(_image);
        Add(_from);
        Add(_mode);
        Add(_limit);
        Add(_model);
        Add(_variant);
        Add(_dimensions);
        Add(_device);
        Add(_uri);
        Add(_where);
        Add(_json);
    }

    public override IReadOnlyList<(string Command, string Meaning)> Examples =>
    [
        ("sluice search \"how is memory kept flat\"", "the five nearest pieces"),
        ("sluice search --mode hybrid -k 10 --uri '**/*.md' \"split brain\"", "ten, by meaning and words, from Markdown files"),
        ("sluice search --image car.jpg", "the pictures most like this one"),
        ("sluice search --json \"backup\" | jq -r '.[].place'", "for programs"),
    ];

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line)
    {
        var mode = line.GetValue(_mode);
        return
        [
            .. Database(line, _from),
            .. mode is null ? Array.Empty<CommandLineSetting>() : [new("search.mode", mode, $"option --mode {mode}")],
            .. Setting(line, _limit, "search.limit"),
            .. Setting(line, _model, "model"),
            .. Setting(line, _variant, "embedding.variant"),
            .. Setting(line, _dimensions, "embedding.dimensions"),
            .. Setting(line, _device, "embedding.device"),
        ];
    }

    public override async Task<int> RunAsync(VerbContext context)
    {
        var (question, image) = Asked(context);
        var databases = context.Databases;
        if (DatabaseUris.FileOf(databases.Sink) is { } file && !File.Exists(file))
        {
            throw DatabaseUris.Missing(file);
        }

        var options = context.Settings.Get<SearchOptions>();
        await using var sink = context.Rooms.OpenSink(databases.Sink);
        var collection = await sink.DescribeAsync(context.Stop) ?? throw DatabaseUris.Missing(sink.Name);
        if (!sink.Capabilities.Modes.Contains(options.Mode) && context.Line.GetValue(_mode) is null)
        {
            options.Mode = sink.Capabilities.Modes[0]; // Nobody asked for the other one: it is the default.
        }

        if (image is not null)
        {
            options.Mode = SearchMode.Vector; // A picture has no words.
        }

        var embedding = options.Mode == SearchMode.FullText ? null : await EmbedAsync(context, question, image, collection);
        var hits = await sink.SearchAsync(
            new(question, embedding, options.Mode, options.Limit) { UriGlob = context.Line.GetValue(_uri), Metadata = ReadWhere(context.Line.GetValue(_where) ?? []) },
            context.Stop);
        if (context.Line.GetValue(_json))
        {
            JsonOut.WriteLine(context.Out, json => HitsJson.Write(json, hits, context.Host.WorkingDirectory));
        }
        else
        {
            Write(context, question, hits, options);
        }

        return ExitCodes.Success;
    }

    /// <summary>The question, or the picture: one of them.</summary>
    private (string Question, string? Image) Asked(VerbContext context)
    {
        var (question, image) = (context.Line.GetValue(_question), context.Line.GetValue(_image));
        if (image is null)
        {
            return !string.IsNullOrWhiteSpace(question) ? (question, null)
                : throw new ConfigurationException(question is null ? "There is no question. Write it in quotes, or give a picture with --image FILE." : "The question is empty.");
        }

        if (question is not null)
        {
            throw new ConfigurationException("Search by a question or by a picture (--image), not by both.");
        }

        if (context.Line.GetValue(_mode) is { } mode && context.Settings.Get<SearchOptions>().Mode != SearchMode.Vector)
        {
            throw new ConfigurationException($"--mode {mode} searches by words, and a picture (--image) has none. Leave --mode out.");
        }

        return ("", Path.GetFullPath(image, context.Host.WorkingDirectory));
    }

    private static async Task<Embedding> EmbedAsync(VerbContext context, string question, string? image, CollectionInfo collection)
    {
        await using var model = await context.Rooms.OpenModelAsync(collection, context.Note, context.Stop);
        return image is null ? await model.EmbedQueryAsync(question, context.Stop) : await model.EmbedImageAsync(await PrepareAsync(context, image, model), context.Stop);
    }

    private static async Task<PreparedImage> PrepareAsync(VerbContext context, string image, IModelHandle model)
    {
        if (model.Images is not { } recipe)
        {
            throw new ConfigurationException($"--image: the database's model {model.Info.Name} embeds text. Pictures are found by a picture where they were ingested with a model that embeds images (CLIP, SigLIP, ColPali).");
        }

        if (Directory.Exists(image))
        {
            throw new ConfigurationException($"--image {image}: it is a folder. Name one picture.");
        }

        try
        {
            await using var file = File.OpenRead(image);
            return await recipe.PrepareAsync(file, context.Settings.Get<ParsingOptions>(), context.Stop);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"--image {image}: it cannot be read ({exception.Message}).", exception);
        }
        catch (DocumentRejectedException exception)
        {
            throw new ConfigurationException($"--image {image}: {exception.Message}.", exception);
        }
    }

    private static Dictionary<string, string> ReadWhere(string[] values)
    {
        var filter = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            var equals = value.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new ConfigurationException($"--where {value}: write --where KEY=VALUE, for example --where author=Knuth.");
            }

            filter[value[..equals].Trim()] = value[(equals + 1)..].Trim();
        }

        return filter;
    }

    private static void Write(VerbContext context, string question, IReadOnlyList<SearchHit> hits, SearchOptions options)
    {
        if (hits.Count == 0)
        {
            context.Note("nothing found");
            return;
        }

        var ansi = context.Ansi;
        var words = Snippets.WordsOf(question);
        var width = Math.Clamp(context.Host.Width, 40, 120);
        for (var index = 0; index < hits.Count; index++)
        {
            var hit = hits[index];
            var score = hit.Score.ToString("0.000", CultureInfo.InvariantCulture);
            var place = Places.OfPiece(hit.Uri, hit.Place, context.Host.WorkingDirectory);
            var title = Title(hit);
            context.Out.WriteLine($"{(index > 0 ? "\n" : "")}{index + 1}. {ansi.Bold(TextLayout.Cut(title.Length > 0 ? title : Path.GetFileName(Places.OfDocument(hit.Uri, context.Host.WorkingDirectory)), width - 4))}");
            context.Out.WriteLine($"   {ansi.Place(place)}  {ansi.Dim(score)}");
            var text = Snippets.Window(TextLayout.OneLine(hit.Text), words, (width - 6) * options.SnippetLines);
            foreach (var line in TextLayout.Wrap(text, width - 3).Take(options.SnippetLines))
            {
                context.Out.WriteLine($"   {Snippets.Highlight(line, words, ansi)}");
            }
        }
    }

    private static string Title(SearchHit hit)
    {
        var parts = new List<string>();
        foreach (var part in hit.HeadingPath.Prepend(hit.Title ?? ""))
        {
            var line = TextLayout.OneLine(part);
            if (line.Length > 0 && (parts.Count == 0 || !parts[^1].Equals(line, StringComparison.OrdinalIgnoreCase)))
            {
                parts.Add(line);
            }
        }

        return string.Join(" > ", parts);
    }
}
