using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Sluice.ClusterRuns;
using Sluice.TestKit.Files;
using Sluice.TestKit.Hostile;
using Sluice.TestKit.Models;

namespace Sluice.Cluster.Tests.Processes;

/// <summary>The program as a person uses it: a node, <c>ingest --cluster</c>, <c>job</c>, with the default model.</summary>
[Collection(nameof(ProcessCollection))]
public sealed class ClusterProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public ClusterProgramTests()
    {
        _environment["SLUICE_HOME"] = Repository.Root;
        _environment["SLUICE_CACHE"] = _folder.Combine("cache");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ingest_IntoACluster_IsFollowedToItsEnd_AndCostsNothingTheSecondTime()
    {
        Directory.CreateDirectory(_folder.Combine("corpus"));
        _folder.Write("corpus/locks.md", "# Locks\n\nA lock lifts boats from one level of a canal to another.\n");
        _folder.Write("corpus/mills.md", "# Mills\n\nA mill grinds grain with the force of falling water.\n");
        _folder.Write("corpus/broken.pdf", "%PDF-1.7 broken");
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { Program = Program, Environment = _environment });
        await lab.AddAsync("coordinate", "parse", "embed", "index");
        _environment["SLUICE_LEDGER"] = lab.NodeLedgerUri;

        var (code, output) = await RunAsync("ingest", "corpus", "--cluster", "--to", lab.NodeSinkUri, "--json");
        code.ShouldBe(3, output);
        var documents = JsonDocument.Parse(output).RootElement.GetProperty("progress").GetProperty("documents");
        (documents.GetProperty("discovered").GetInt64(), documents.GetProperty("indexed").GetInt64()).ShouldBe((3, 2));
        documents.GetProperty("dead").EnumerateObject().Sum(static reason => reason.Value.GetInt64()).ShouldBe(1);

        (await RunAsync("job", "dead", "1")).Output.ShouldContain("broken.pdf");
        (code, output) = await RunAsync("ingest", "corpus", "--cluster", "--to", lab.NodeSinkUri, "--json");
        code.ShouldBe(3, output);
        JsonDocument.Parse(output).RootElement.GetProperty("progress").GetProperty("documents").GetProperty("unchanged").GetInt64().ShouldBe(2);

        _folder.Write("corpus/broken.pdf", "Now it is a text about weirs and sluices.");
        (code, output) = await RunAsync("job", "replay", "1", "--follow");
        code.ShouldBe(0, output);
        output.ShouldContain("job 3 tries documents of ");
        (code, output) = await RunAsync("job", "list", "--all");
        code.ShouldBe(0);
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(static line => line.Contains("done", StringComparison.Ordinal)).ShouldBe(3, output);
        (code, output) = await RunAsync("search", "boats in a canal", "--from", lab.NodeSinkUri);
        code.ShouldBe(0, output);
        output.ShouldContain("locks.md");
    }

    /// <summary>Two clusters would walk the same jobs; the second one is told whose ledger it is.</summary>
    [Fact]
    public async Task Node_OfASecondClusterOnTheLedger_IsRefusedWithTheFirstsNameAndAddress()
    {
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { Program = Program, Environment = _environment });
        await lab.AddAsync("coordinate", "index");
        _environment["SLUICE_LEDGER"] = lab.NodeLedgerUri;

        var (code, output) = await RunAsync("node", "--port", "0", "--set", "cluster.name=second");

        code.ShouldBe(1, output);
        output.ShouldContain("is the one of the cluster 'sluice'");
        output.ShouldContain("akka.tcp://sluice@127.0.0.1:");
        lab.Nodes[0].Runs.ShouldBeTrue();
    }

    /// <summary>Who starts in the place of all seeds forms a new cluster; the rest of the old one has to let go of the ledger.</summary>
    [Fact]
    public async Task Nodes_WhoseSeedsAreAllGone_EndWithWords_AndJoinThemWhenStartedAgain()
    {
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { Program = Program, Environment = _environment });
        await lab.AddAsync("coordinate", "index");
        await lab.AddAllAsync([["coordinate", "index"], ["index"], ["index"], ["index"], ["index"], ["index"]]);
        var (seeds, rest) = (lab.Seeds, lab.Nodes.Skip(lab.Seeds.Count).ToList());
        foreach (var seed in seeds)
        {
            seed.Signal("KILL");
        }

        foreach (var node in rest)
        {
            await node.EndedAsync(TimeSpan.FromMinutes(1));
            node.ExitCode.ShouldBe(1, lab.Tail());
        }

        lab.Tail().ShouldContain("and coordinators have been gone for 15 s");
        foreach (var node in lab.Nodes)
        {
            node.Start();
        }

        foreach (var node in lab.Nodes)
        {
            await node.ReadyAsync(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task Resume_WithPrune_RemovesWhatTheJobHadKept()
    {
        for (var number = 0; number < 30; number++)
        {
            _folder.Write($"corpus/{number}.txt", $"Weir number {number} holds the water back.\n");
        }

        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { Program = Program, Environment = _environment });
        await lab.AddAsync("coordinate", "parse", "embed", "index");
        _environment["SLUICE_LEDGER"] = lab.NodeLedgerUri;
        var (code, output) = await RunAsync("ingest", "corpus", "--cluster", "--to", lab.NodeSinkUri);
        code.ShouldBe(0, output);
        for (var number = 5; number < 30; number++)
        {
            File.Delete(_folder.Combine($"corpus/{number}.txt"));
        }

        (code, output) = await RunAsync("ingest", "corpus", "--cluster", "--to", lab.NodeSinkUri);
        code.ShouldNotBe(0, output);
        (await RunAsync("job", "show", "2")).Output.ShouldContain("sluice job resume 2 --prune agrees");
        (await lab.CountAsync()).ShouldBe(30);

        (code, output) = await RunAsync("job", "resume", "2", "--prune");
        code.ShouldBe(0, output);
        (code, output) = await RunAsync("job", "show", "2", "--follow");
        code.ShouldBe(0, output);
        (await lab.CountAsync()).ShouldBe(5);
    }

    [Fact]
    public async Task Ingest_ADocumentThatEndsItsWorker_IsDeadAndTheNodeGoesOn()
    {
        Directory.CreateDirectory(_folder.Combine("corpus"));
        for (var number = 0; number < 20; number++)
        {
            _folder.Write($"corpus/{number}.html", $"<h1>Weir {number}</h1><p>Weir number {number} holds the water back.</p>");
        }

        await File.WriteAllBytesAsync(_folder.Combine("corpus/names.pdf"), LethalPdfs.All["names-their-own-kids.pdf"].Bytes);
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { Program = Program, Environment = _environment });
        await lab.AddAsync("coordinate", "parse", "embed", "index");
        _environment["SLUICE_LEDGER"] = lab.NodeLedgerUri;

        var (code, output) = await RunAsync("ingest", "corpus", "--cluster", "--to", lab.NodeSinkUri, "--json");

        code.ShouldBe(3, output);
        var documents = JsonDocument.Parse(output).RootElement.GetProperty("progress").GetProperty("documents");
        documents.GetProperty("indexed").GetInt64().ShouldBe(20);
        documents.GetProperty("dead").GetProperty("crashed").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Ingest_AVariantThatIsCut_ComesToANodeThatLacksTheModel()
    {
        _folder.Write("corpus/locks.txt", "the database writes vectors\n");
        _folder.Write("corpus/mills.txt", "42 and the index\n");
        var model = Directory.CreateDirectory(_folder.Combine("cache/models/small")).FullName;
        ParityModels.Write(model, "bert-uncased", Tokenizer(), "mean");
        File.Copy(Path.Combine(model, "onnx/model.onnx"), Path.Combine(model, "onnx/model_quantized.onnx"));
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { Program = Program, Environment = _environment });
        await lab.AddAsync("coordinate", "parse", "index");
        _environment["SLUICE_CACHE"] = _folder.Combine("cache-of-the-embedder");
        await lab.AddAsync("embed");
        _environment["SLUICE_LEDGER"] = lab.NodeLedgerUri;

        var (code, output) = await RunAsync("ingest", "corpus", "--cluster", "--to", lab.NodeSinkUri, "--json", "--model", "small", "--variant", "int8", "--dimensions", "16");
        code.ShouldBe(0, output);
        JsonDocument.Parse(output).RootElement.GetProperty("progress").GetProperty("documents").GetProperty("indexed").GetInt64().ShouldBe(2);
        File.Exists(_folder.Combine("cache-of-the-embedder/models/small/onnx/model_quantized.onnx")).ShouldBeTrue("the node that embeds got it from the other");

        (code, output) = await RunAsync("search", "42 and the index", "--mode", "vector", "--limit", "1", "--from", lab.NodeSinkUri);
        code.ShouldBe(0, output);
        output.ShouldContain("mills.txt");
    }

    private static byte[] Tokenizer()
    {
        using var file = File.OpenRead(Path.Combine(Repository.Root, "Tests/Sluice.Actors.Tests/Chunking/Tokenizers/Data/bert-uncased.tokenizer.json.gz"));
        using var text = new GZipStream(file, CompressionMode.Decompress);
        using var content = new MemoryStream();
        text.CopyTo(content);
        return content.ToArray();
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "sluice");

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments) { WorkingDirectory = _folder.Path, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output.Length > 0 ? output : await errors);
    }
}
