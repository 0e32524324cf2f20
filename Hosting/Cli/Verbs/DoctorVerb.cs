using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Actors.Parsing.Workers;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice doctor</c>: checks what a run needs, and shows the configuration that counts.</summary>
internal sealed class DoctorVerb : Verb
{
    /// <summary>Largest file that is read as a whole; `verify` reads any.</summary>
    private const long MostChecked = 256L << 20;

    private readonly Option<bool> _all = new("--all") { Description = "Shows every setting, defaults included" };

    public DoctorVerb()
        : base("doctor", "Checks runtime, model, database and text recognition, and shows the settings that count and where they come from.") => Add(_all);

    public override async Task<int> RunAsync(VerbContext context)
    {
        var healthy = true;
        healthy &= await CheckAsync(context, "runtime", static () => Task.FromResult($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}"));
        healthy &= await CheckAsync(context, "processors", static () => Task.FromResult(Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)));
        healthy &= await CheckAsync(context, "memory", static () => Task.FromResult($"{ByteSize.Humanize(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)} for this process"));
        healthy &= await CheckAsync(context, "unicode", CheckUnicode);
        healthy &= await CheckAsync(context, "database", () => CheckDatabaseAsync(context));
        healthy &= await CheckAsync(context, "model", () => CheckModelAsync(context));
        healthy &= CheckRecognition(context);
        healthy &= await CheckAsync(context, "parsing", () => WorkerReadiness.TryAsync(context.Settings.Get<ParsingOptions>(), context.Host.TimeProvider, context.Stop));
        WriteSettings(context);
        return healthy ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static async Task<bool> CheckAsync(VerbContext context, string name, Func<Task<string>> check)
    {
        try
        {
            context.Out.WriteLine($"{context.Ansi.Good("ok    ")}  {name,-10}  {await check()}");
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            context.Out.WriteLine($"{context.Ansi.Bad("failed")}  {name,-10}  {FailureReport.Describe(exception, context.Stop)}");
            return false;
        }
    }

    /// <summary>Text recognition is needed by scanned PDFs alone: where it is missing, only <c>always</c> makes that a failure.</summary>
    private static bool CheckRecognition(VerbContext context)
    {
        var options = context.Settings.Get<ParsingOptions>().Ocr;
        var problems = OcrReadiness.Problems(options);
        var needed = options.Mode == OcrMode.Always;
        foreach (var problem in problems)
        {
            context.Out.WriteLine($"{(needed ? context.Ansi.Bad("failed") : "note  ")}  {"ocr",-10}  {problem}");
        }

        if (problems.Count == 0)
        {
            context.Out.WriteLine($"{context.Ansi.Good("ok    ")}  {"ocr",-10}  {options.Mode switch
            {
                OcrMode.Off => "off (sluice.parsing.ocr.mode): scanned pages are left out",
                OcrMode.Auto => "models and poppler are there; pages without text are recognised",
                _ => "models and poppler are there; every page and every picture is recognised",
            }}");
        }

        return problems.Count == 0 || !needed;
    }

    private static Task<string> CheckUnicode()
    {
        // Without ICU the runtime leaves text as it is and says nothing; tokens would differ from the model's.
        var works = "\ufb01".Normalize(NormalizationForm.FormKC) == "fi" && CultureInfo.GetCultureInfo("de").TextInfo.ToUpper('ä') == 'Ä';
        return works
            ? Task.FromResult("normalization works")
            : throw new ConfigurationException("Unicode normalization does not work: libicu is missing. On Debian: apt-get install libicu72 (or the libicu of your release).");
    }

    private static async Task<string> CheckDatabaseAsync(VerbContext context)
    {
        var databases = context.Databases;
        var exists = DatabaseUris.FileOf(databases.Sink) is { } file && File.Exists(file);
        if (DatabaseUris.FileOf(databases.Sink) is null || exists)
        {
            await using var sink = context.Rooms.OpenSink(databases.Sink);
            var collection = await sink.DescribeAsync(context.Stop);
            if (exists && sink is IIntegrityChecking checking && new FileInfo(DatabaseUris.FileOf(databases.Sink)!).Length <= MostChecked)
            {
                await checking.CheckIntegrityAsync(context.Stop);
            }

            var chunks = collection is null ? 0 : await sink.CountAsync(context.Stop);
            return string.Create(CultureInfo.InvariantCulture, $"{sink.Name}: {chunks:N0} chunks");
        }

        // None yet: whether one can be made is tried beside it, vectors and all.
        var folder = Path.GetDirectoryName(DatabaseUris.FileOf(databases.Sink))!;
        var trial = Directory.CreateDirectory(Path.Combine(folder, $".sluice-doctor-{Guid.NewGuid():N}")).FullName;
        try
        {
            await using var sink = context.Rooms.OpenSink($"sqlite:{Path.Combine(trial, "trial.db")}");
            await sink.EnsureCollectionAsync(new(new("trial", "trial", EmbeddingKind.Dense, 8, 8, Distance.Cosine)), context.Stop);
            return $"none yet at {DatabaseUris.FileOf(databases.Sink)}; one can be made there";
        }
        finally
        {
            Directory.Delete(trial, recursive: true);
        }
    }

    private static async Task<string> CheckModelAsync(VerbContext context)
    {
        await using var model = await context.Rooms.OpenModelAsync(context.Settings.Get<SluiceOptions>().Model, context.Note, context.Stop);
        var start = context.Host.TimeProvider.GetTimestamp();
        var near = await EmbedAsync("A cat sits on the mat.");
        var same = await EmbedAsync("A cat is sitting on a mat.");
        var far = await EmbedAsync("Interest rates rose in the third quarter.");
        var elapsed = context.Host.TimeProvider.GetElapsedTime(start);
        if (near is DenseEmbedding a && same is DenseEmbedding b && far is DenseEmbedding c && !(Cosine(a, b) > Cosine(a, c)))
        {
            throw new ModelException($"The model {model.Info.Name} does not tell similar sentences from different ones; its folder {model.Folder} may be damaged.");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{model.Info.Name}: {model.Info.Dimension} dimensions, {model.Info.MaxTokens} tokens, {model.Folder}; test passed in {DurationText.Humanize(elapsed)}");

        Task<Embedding> EmbedAsync(string text) => model.EmbedQueryAsync(text, context.Stop);
    }

    private static double Cosine(DenseEmbedding left, DenseEmbedding right)
    {
        double dot = 0, leftSquare = 0, rightSquare = 0;
        for (var index = 0; index < left.Values.Length; index++)
        {
            double x = left.Values.Span[index], y = right.Values.Span[index];
            (dot, leftSquare, rightSquare) = (dot + (x * y), leftSquare + (x * x), rightSquare + (y * y));
        }

        return dot / Math.Sqrt(leftSquare * rightSquare);
    }

    private void WriteSettings(VerbContext context)
    {
        var all = context.Line.GetValue(_all);
        var settings = context.Settings.Effective.Where(setting => all || !setting.IsDefault).ToList();
        context.Out.WriteLine();
        context.Out.WriteLine($"configuration files: {string.Join(", ", context.Settings.Files.DefaultIfEmpty("none"))}");
        if (settings.Count == 0)
        {
            context.Out.WriteLine("every setting has its default; `sluice doctor --all` shows them");
            return;
        }

        var width = settings.Max(static setting => setting.Path.Length + setting.Text.Length + 3);
        foreach (var setting in settings)
        {
            context.Out.WriteLine($"  {$"{setting.Path} = {setting.Text}".PadRight(Math.Min(width, 70))}  {context.Ansi.Dim(setting.Origin)}");
        }
    }
}
