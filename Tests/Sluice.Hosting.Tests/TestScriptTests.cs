using System.Diagnostics;

namespace Sluice.Hosting.Tests;

/// <summary>test.sh counts right and never takes a crash for success. Run with a <c>dotnet</c> that behaves as told.</summary>
public sealed class TestScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestScriptTests()
    {
        foreach (var name in new[] { "test.sh", ".ci/setup.sh" })
        {
            _folder.Write(name, File.ReadAllText(Repository.PathTo(name)));
        }

        // What npm would fetch is there already.
        foreach (var folder in new[] { "", "Tests/Clients/", "Tests/Sluice.Dashboard.Tests/" })
        {
            var packages = File.ReadAllText(Repository.PathTo(folder + "package-lock.json"));
            _folder.Write(folder + "package-lock.json", packages);
            _folder.Write(folder + "node_modules/.sluice-lock", packages);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_AllProjectsPass_SumsThem()
    {
        Project("A", 0, Results(3, 3));
        Project("B", 0, Results(4, 4));
        (await RunAsync()).ShouldBe((0, "7 passed, 0 failed"));
    }

    [Fact]
    public async Task Run_FailedTests_AreSummed()
    {
        Project("A", 1, Results(5, 3));
        Project("B", 1, Results(2, 1));
        (await RunAsync()).ShouldBe((1, "4 passed, 3 failed"));
    }

    [Fact]
    public async Task Run_CrashWithoutResults_IsAFailure()
    {
        Project("A", 0, Results(3, 3));
        Project("B", 1, null);
        (await RunAsync()).ShouldBe((1, "3 passed, 1 failed"));
    }

    [Fact]
    public async Task Run_CrashAfterPassingTests_IsAFailure()
    {
        Project("A", 1, Results(3, 3));
        (await RunAsync()).ShouldBe((1, "3 passed, 1 failed"));
    }

    [Fact]
    public async Task Run_AbortedRunThatExitsWithSuccess_IsAFailure()
    {
        Project("A", 0, Results(3, 3, "Aborted"));
        (await RunAsync()).ShouldBe((1, "3 passed, 1 failed"));
    }

    [Fact]
    public async Task Run_ProjectWithoutTests_IsAFailure()
    {
        Project("A", 0, Results(0, 0));
        (await RunAsync()).ShouldBe((1, "0 passed, 1 failed"));
    }

    [Fact]
    public async Task Run_BuildThatFails_IsAFailure()
    {
        Project("A", 0, Results(3, 3));
        (await RunAsync("", buildCode: 1)).ShouldBe((1, "0 passed, 1 failed"));
    }

    [Fact]
    public async Task Run_FilterThatMatchesInOneProject_Passes()
    {
        Project("A", 0, Results(0, 0));
        Project("B", 0, Results(2, 2));
        (await RunAsync("Search")).ShouldBe((0, "2 passed, 0 failed"));
    }

    [Fact]
    public async Task Run_FilterThatMatchesNothing_IsAFailure()
    {
        Project("A", 0, Results(0, 0));
        (await RunAsync("Nonsense")).ShouldBe((1, "0 passed, 1 failed"));
    }

    private static string Results(int total, int passed, string outcome = "Completed") =>
        $"""<TestRun><ResultSummary outcome="{outcome}"><Counters total="{total}" executed="{total}" passed="{passed}" failed="{total - passed}" error="0" /></ResultSummary></TestRun>""";

    private void Project(string name, int code, string? results)
    {
        _folder.Write($"Tests/{name}.Tests/{name}.Tests.csproj", "<Project/>");
        _folder.Write($"told/{name}.Tests.code", $"{code}");
        if (results is not null)
        {
            _folder.Write($"told/{name}.Tests.trx", results);
        }
    }

    private async Task<(int Code, string LastLine)> RunAsync(string filter = "", int buildCode = 0)
    {
        _folder.Write("bin/dotnet", $$"""
            #!/usr/bin/env bash
            case $1 in
              --list-sdks) echo "10.0.100 [/x]" ;;
              build) exit {{buildCode}} ;;
              test)
                name=$(basename "$2" .csproj)
                while [ "$1" != --results-directory ]; do shift; done
                told='{{_folder.Path}}'/told/$name
                [ ! -f "$told.trx" ] || cp "$told.trx" "$2/$name.trx"
                exit "$(cat "$told.code")" ;;
            esac
            """);
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"chmod +x '{_folder.Path}/bin/dotnet' && PATH='{_folder.Path}/bin':$PATH bash '{_folder.Path}/test.sh' {filter}");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, (await output).TrimEnd().Split('\n')[^1]);
    }
}
