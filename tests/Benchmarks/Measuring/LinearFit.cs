namespace Voxeltron.Benchmarks;

/// <summary>A straight line through points by least squares, and how much of their variance it explains (r²; 1 is all of it).</summary>
internal readonly record struct LinearFit(double Slope, double Intercept, double R2)
{
    public static LinearFit Of(IEnumerable<(double X, double Y)> points)
    {
        var all = points.ToList();
        var (x, y) = (all.Average(static p => p.X), all.Average(static p => p.Y));
        var (xx, xy, yy) = (all.Sum(p => (p.X - x) * (p.X - x)), all.Sum(p => (p.X - x) * (p.Y - y)), all.Sum(p => (p.Y - y) * (p.Y - y)));
        var slope = xy / xx;
        return new LinearFit(slope, y - (slope * x), yy == 0 ? 1 : xy * xy / (xx * yy));
    }
}
