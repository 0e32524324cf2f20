using System.Numerics;
using Sluice.Actors.Parsing.Ocr.Detection;

namespace Sluice.Actors.Tests.Parsing.Ocr.Detection;

public sealed class BoxFinderTests
{
    private const int Width = 100;
    private const int Height = 60;

    [Fact]
    public void Find_Kernel_IsGrownByItsAreaOverItsPerimeter()
    {
        // Pixels 10 to 50 and 20 to 26: sides 40 and 6, so by 1.5 x 240 / 92 on each side.
        var box = BoxFinder.Find(Map((10, 20, 50, 26, 0.9f)), Width).ShouldHaveSingleItem();

        (box.X, box.Y, box.Angle).ShouldBe((30, 23, 0));
        box.Width.ShouldBe(40 + (2 * 1.5 * 240 / 92), 1e-6);
        box.Height.ShouldBe(6 + (2 * 1.5 * 240 / 92), 1e-6);
    }

    [Fact]
    public void Find_WeakOrTinyKernels_AreLeftOut() =>
        BoxFinder.Find(Map((10, 10, 50, 16, 0.5f), (10, 40, 12, 50, 0.9f), (30, 40, 31, 41, 1f)), Width).ShouldBeEmpty();

    [Fact]
    public void Find_SeveralKernels_GivesABoxEach() =>
        BoxFinder.Find(Map((5, 5, 45, 12, 0.9f), (55, 5, 95, 12, 0.9f), (5, 30, 95, 40, 0.9f)), Width).Count.ShouldBe(3);

    [Fact]
    public void Regions_ThatTouchAtACorner_AreOne()
    {
        float[] map =
        [
            1, 0, 0, 0, 1,
            0, 1, 0, 1, 0,
            0, 0, 1, 0, 0,
            0, 0, 0, 0, 0,
            1, 1, 0, 0, 1,
        ];

        ConnectedRegions.Find(map, 5, 0.5f).Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(-0.7)]
    [InlineData(0.78)]
    public void Around_TurnedRectangle_FindsItAgain(double angle)
    {
        var (sin, cos) = Math.SinCos(angle);
        var points = new List<Vector2>();
        for (var x = -40; x <= 40; x += 5)
        {
            for (var y = -6; y <= 6; y += 3)
            {
                points.Add(new((float)(50 + (x * cos) - (y * sin)), (float)(50 + (x * sin) + (y * cos))));
            }
        }

        var box = SmallestRectangle.Around(points);

        box.X.ShouldBe(50, 0.01);
        box.Y.ShouldBe(50, 0.01);
        box.Width.ShouldBe(80, 0.01);
        box.Height.ShouldBe(12, 0.01);
        box.Angle.ShouldBe(angle, 0.001);
    }

    [Fact]
    public void Around_OnePointOrOneRow_HasNoArea()
    {
        SmallestRectangle.Around([new(3, 4)]).ShouldBe(new TextBox(3, 4, 0, 0, 0));
        var row = SmallestRectangle.Around([new(3, 4), new(9, 4), new(6, 4)]);
        (row.Width, row.Height).ShouldBe((6, 0));
    }

    private static float[] Map(params (int Left, int Top, int Right, int Bottom, float Value)[] kernels)
    {
        var map = new float[Width * Height];
        foreach (var (left, top, right, bottom, value) in kernels)
        {
            for (var y = top; y <= bottom; y++)
            {
                map.AsSpan((y * Width) + left, right - left + 1).Fill(value);
            }
        }

        return map;
    }
}
