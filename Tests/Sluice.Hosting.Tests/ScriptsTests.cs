using System.Diagnostics;

namespace Sluice.Hosting.Tests;

public sealed class ScriptsTests
{
    [Theory]
    [InlineData("sluice")]
    [InlineData("test.sh")]
    [InlineData(".ci/run")]
    [InlineData(".ci/setup.sh")]
    [InlineData(".ci/pgvector-server.sh")]
    public async Task Script_IsWellFormed(string name)
    {
        var (code, text) = await RunAsync("-n", Repository.PathTo(name));
        code.ShouldBe(0, text);
    }

    [Theory]
    [InlineData("sluice")]
    [InlineData("test.sh")]
    [InlineData(".ci/run")]
    [InlineData(".ci/pgvector-server.sh")]
    public void Script_CanBeRun(string name) =>
        new FileInfo(Repository.PathTo(name)).UnixFileMode.HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();

    [Fact]
    public async Task Setup_Flavour_IsRememberedAndBuiltAnewOnlyWhenItChanges()
    {
        using var folder = new TemporaryFolder();
        var (code, text) = await RunAsync("-c", $$"""
            set -e; . '{{Repository.PathTo(".ci/setup.sh")}}'; root='{{folder.Path}}'; stamp=$root/.sluice/built
            runtime_identifier() { echo linux-x64; }
            choose_flavour "$root" "$stamp"; [ ! -f "$root/.sluice/gpu" ]; touch "$stamp"
            choose_flavour "$root" "$stamp" --cpu; [ -f "$stamp" ]
            choose_flavour "$root" "$stamp" --gpu; [ ! -f "$stamp" ]; [ -f "$root/.sluice/gpu" ]; touch "$stamp"
            choose_flavour "$root" "$stamp" --gpu; [ -f "$stamp" ]
            choose_flavour "$root" "$stamp" --cpu; [ ! -f "$stamp" ]; [ ! -f "$root/.sluice/gpu" ]
            """);
        code.ShouldBe(0, text);
        (code, text) = await RunAsync("-c", $$""". '{{Repository.PathTo(".ci/setup.sh")}}'; choose_flavour '{{folder.Path}}' x --tpu""");
        code.ShouldBe(2);
        text.ShouldContain("setup --tpu: write ./sluice setup, ./sluice setup --gpu or ./sluice setup --cpu.");
    }

    [Fact]
    public async Task Sluice_WithoutProgramAndWithoutBuilding_SaysWhatToDo()
    {
        using var folder = new TemporaryFolder();
        var copy = Path.Combine(folder.Path, "sluice");
        File.Copy(Repository.PathTo("sluice"), copy);
        var link = Path.Combine(folder.Path, "link to it");
        File.CreateSymbolicLink(link, "sluice");

        var (code, text) = await RunAsync("-c", $"cd / && SLUICE_BUILD=0 bash '{link}' status");

        code.ShouldBe(2);
        text.ShouldContain($"the program is not built; run {folder.Path}/sluice once");
    }

    [Fact]
    public async Task Quietly_CommandThatFails_ShowsTheEndAndStops()
    {
        var (code, text) = await RunAsync("-c", $". '{Repository.PathTo(".ci/setup.sh")}'; quietly 'the build' bash -c 'seq 1 100; exit 3'; echo not reached");

        code.ShouldBe(2);
        text.ShouldContain("100");
        text.ShouldNotContain("\n69\n");
        text.ShouldContain("sluice: the build failed; the end of what it wrote is above.");
        text.ShouldNotContain("not reached");
    }

    [Fact]
    public async Task Locked_TwoAtOnce_RunOneAfterTheOther()
    {
        using var folder = new TemporaryFolder();
        var script = $$"""
            . '{{Repository.PathTo(".ci/setup.sh")}}'
            work() { mkdir '{{folder.Path}}/busy' && echo in && rmdir '{{folder.Path}}/busy' && echo out; }
            for i in 1 2 3 4; do locked '{{folder.Path}}/lock' work & done
            wait
            """;

        var (_, text) = await RunAsync("-c", script);

        var steps = text.Split('\n').Where(static line => line is "in" or "out").ToList();
        steps.Count.ShouldBe(8);
        steps.Where((step, index) => step != (index % 2 == 0 ? "in" : "out")).ShouldBeEmpty();
    }

    private static async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
