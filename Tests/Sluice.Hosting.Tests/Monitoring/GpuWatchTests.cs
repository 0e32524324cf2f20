using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Monitoring;

namespace Sluice.Hosting.Tests.Monitoring;

public sealed class GpuWatchTests
{
    [Fact]
    public void Parse_WhatNvidiaSmiPrints_IsRead() =>
        GpuWatch.Parse("0, NVIDIA H100 80GB HBM3, 93, 2048, 81559\n1, NVIDIA H100 80GB HBM3, 0, 4, 81559\n").ShouldBe(
        [
            new GpuView(0, "NVIDIA H100 80GB HBM3", 0.93, 2048L << 20, 81559L << 20),
            new GpuView(1, "NVIDIA H100 80GB HBM3", 0, 4L << 20, 81559L << 20),
        ]);

    [Theory]
    [InlineData("")]
    [InlineData("No devices were found\n")]
    [InlineData("0, Tesla, [N/A], 1, 2\n")]
    public void Parse_AnythingElse_IsLeftOut(string output) => GpuWatch.Parse(output).ShouldBeEmpty();

    [Fact]
    public void Read_WithoutTheProgram_IsEmpty() => new GpuWatch(null, TimeProvider.System).Read().ShouldBeEmpty();

    [Fact]
    public async Task Read_FromAProgram_HasTheFiguresSoon()
    {
        using var folder = new TemporaryFolder();
        var program = folder.Write("nvidia-smi", "#!/bin/sh\necho '0, Fake, 50, 1, 2'\n");
        using (var chmod = System.Diagnostics.Process.Start("chmod", ["+x", program]))
        {
            await chmod.WaitForExitAsync();
        }

        var watch = new GpuWatch(program, TimeProvider.System);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (watch.Read().Count == 0)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }

        watch.Read()[0].Utilization.ShouldBe(0.5);
    }
}
