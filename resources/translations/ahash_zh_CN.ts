<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About Ahash Desktop</source>
        <translation>关于 Ahash Desktop</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Runs on</source>
        <translation>运行于</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>图库</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可</translation>
    </message>
    <message>
        <source>Search your own photos by example, and see why they match.</source>
        <translation>用示例图片搜索自己的照片，并看到匹配的原因。</translation>
    </message>
</context>
<context>
    <name>ActivationChart</name>
    <message>
        <source>Activations: {on} photos above zero, {off} below</source>
        <translation>激活值：{on} 张照片大于零，{off} 张小于零</translation>
    </message>
</context>
<context>
    <name>AdoptPage</name>
    <message>
        <source>Name of the model</source>
        <translation>模型的名称</translation>
    </message>
    <message>
        <source>The codes there are serve until the new ones are ready. Going back later costs nothing, for they are kept.</source>
        <translation>新编码就绪之前，现有编码继续使用。旧编码会保留，以后换回不需要任何代价。</translation>
    </message>
    <message>
        <source>&amp;Use it now</source>
        <translation>立即使用(&amp;U)</translation>
    </message>
    <message>
        <source>Only &amp;keep it</source>
        <translation>仅保留(&amp;K)</translation>
    </message>
    <message>
        <source>Puts it among the models without using it</source>
        <translation>放入模型列表，但暂不使用</translation>
    </message>
    <message>
        <source>&amp;Throw it away</source>
        <translation>丢弃(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Go back to the model before</source>
        <translation>换回之前的模型(&amp;G)</translation>
    </message>
    <message>
        <source>Na&amp;me the rest…</source>
        <translation>为其余照片命名(&amp;M)…</translation>
    </message>
    <message>
        <source>It finds your kinds better than the model it starts from.</source>
        <translation>它查找你的类别比起始模型更好。</translation>
    </message>
    <message>
        <source>It finds your kinds about as well as the model it starts from: there is little to gain by using it.</source>
        <translation>它查找你的类别与起始模型差不多：使用它没有多少好处。</translation>
    </message>
    <message>
        <source>It finds your kinds worse than the model it starts from: better not use it.</source>
        <translation>它查找你的类别不如起始模型：最好不要使用。</translation>
    </message>
    <message>
        <source>Whether it got better cannot be said of so few photos.</source>
        <translation>照片太少，无法判断是否变好。</translation>
    </message>
    <message>
        <source>{verdict}: {why}</source>
        <translation>{verdict}：{why}</translation>
    </message>
    <message>
        <source>{photos} are read again in the background, which takes about {time}.</source>
        <translation>将在后台重新读取 {photos}，大约需要 {time}。</translation>
    </message>
    <message>
        <source>The photos are read again; the bar below says how far it is.</source>
        <translation>正在重新读取照片；下方的进度条显示进度。</translation>
    </message>
    <message>
        <source>{name} is in use.</source>
        <translation>正在使用 {name}。</translation>
    </message>
    <message>
        <source>{name} is among the models now.</source>
        <translation>{name} 已加入模型列表。</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
</context>
<context>
    <name>AdvancedFields</name>
    <message>
        <source>by itself</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Rounds</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>How often it goes through all photos in a standard or thorough lesson.</source>
        <translation>在标准或深入课程中遍历全部照片的次数。</translation>
    </message>
    <message>
        <source>Minutes at most</source>
        <translation>最多分钟数</translation>
    </message>
    <message>
        <source>When they are over, it ends with the best it has.</source>
        <translation>时间一到，即以目前最好的结果结束。</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Photos a kind at most</source>
        <translation>每类最多照片数</translation>
    </message>
    <message>
        <source>Learns from a sample of kinds that have more.</source>
        <translation>超出的类别只学习其中一部分照片。</translation>
    </message>
    <message>
        <source>Other photos at most</source>
        <translation>其他照片最多</translation>
    </message>
    <message>
        <source>Photos of the library that it does not teach, on which it keeps what it knew.</source>
        <translation>图库中不在课程里的照片，用来保持原有的知识。</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Views of a photo</source>
        <translation>每张照片的视图数</translation>
    </message>
    <message>
        <source>Each photo is looked at so often, cut and mirrored a little, in a quick lesson.</source>
        <translation>在快速课程中，每张照片以略微裁剪和镜像的方式查看这么多次。</translation>
    </message>
    <message>
        <source>Photos at a time</source>
        <translation>每次照片数</translation>
    </message>
    <message>
        <source>More learn smoother and take more memory.</source>
        <translation>越多学得越平稳，但占用更多内存。</translation>
    </message>
    <message>
        <source>Processor threads</source>
        <translation>处理器线程</translation>
    </message>
    <message>
        <source>Fewer leave more for other programs.</source>
        <translation>越少，留给其他程序的越多。</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Where the network is run; auto takes the fastest.</source>
        <translation>网络运行的位置；auto 选择最快的。</translation>
    </message>
</context>
<context>
    <name>BitCommands</name>
    <message>
        <source>&amp;Require this bit</source>
        <translation>要求此位一致(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Ignore this bit</source>
        <translation>忽略此位(&amp;I)</translation>
    </message>
    <message>
        <source>In&amp;vert this bit</source>
        <translation>反转此位(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Count all bits again</source>
        <translation>重新计入所有位(&amp;C)</translation>
    </message>
    <message>
        <source>Photos with this bit &amp;on, strongest first</source>
        <translation>此位为开的照片，最强的在前(&amp;O)</translation>
    </message>
    <message>
        <source>Photos with this bit o&amp;ff, weakest first</source>
        <translation>此位为关的照片，最弱的在前(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Page of this bit</source>
        <translation>此位的页面(&amp;P)</translation>
    </message>
</context>
<context>
    <name>BitDelegate</name>
    <message>
        <source>Require: only photos that have this bit like the query</source>
        <translation>必需：只要此位与查询相同的照片</translation>
    </message>
    <message>
        <source>Ignore: this bit does not count</source>
        <translation>忽略：此位不计入</translation>
    </message>
    <message>
        <source>Invert: prefer photos that have this bit the other way</source>
        <translation>反转：优先此位与查询相反的照片</translation>
    </message>
</context>
<context>
    <name>BitGallery</name>
    <message>
        <source>&amp;Back to the library</source>
        <translation>返回图库(&amp;B)</translation>
    </message>
    <message>
        <source>Find a bit by number or name</source>
        <translation>按编号或名称查找位</translation>
    </message>
    <message>
        <source>Bits of {model}</source>
        <translation>{model} 的位</translation>
    </message>
    <message>
        <source>Looking at the bits</source>
        <translation>正在查看各位</translation>
    </message>
    <message>
        <source>It takes a moment.</source>
        <translation>请稍候。</translation>
    </message>
    <message>
        <source>All bits</source>
        <translation>所有位</translation>
    </message>
    <message>
        <source>No codes yet</source>
        <translation>还没有编码</translation>
    </message>
    <message>
        <source>Once photos are indexed, you see here what each bit makes of them.</source>
        <translation>照片编入索引后，这里会显示每一位如何看待它们。</translation>
    </message>
    <message>
        <source>{n_bits} bits over {photos}</source>
        <translation>{n_bits} 位，{photos}</translation>
    </message>
    <message>
        <source>Details: mean entropy {entropy}, mean correlation {correlation}</source>
        <translation>详情：平均熵 {entropy}，平均相关 {correlation}</translation>
    </message>
    <message>
        <source>The bits cannot be shown</source>
        <translation>无法显示各位</translation>
    </message>
</context>
<context>
    <name>BitPage</name>
    <message>
        <source>Name of the bit</source>
        <translation>位的名称</translation>
    </message>
    <message>
        <source>Give it a name</source>
        <translation>为它命名</translation>
    </message>
    <message>
        <source>Show where it &amp;looked</source>
        <translation>显示它看的位置(&amp;L)</translation>
    </message>
    <message>
        <source>Show the photos that have it o&amp;n</source>
        <translation>显示此位为开的照片(&amp;N)</translation>
    </message>
    <message>
        <source>Show the photos that have it o&amp;ff</source>
        <translation>显示此位为关的照片(&amp;F)</translation>
    </message>
    <message>
        <source>On in {share} of {count} photos.</source>
        <translation>在 {count} 张照片中有 {share} 为开。</translation>
    </message>
    <message>
        <source>Use “{name}”</source>
        <translation>使用“{name}”</translation>
    </message>
    <message>
        <source>Na&amp;me</source>
        <translation>名称(&amp;M)</translation>
    </message>
    <message>
        <source>Activations over the library</source>
        <translation>图库中的激活值</translation>
    </message>
    <message>
        <source>Fires most</source>
        <translation>激活最强</translation>
    </message>
    <message>
        <source>Fires least</source>
        <translation>激活最弱</translation>
    </message>
    <message>
        <source>Bits that go with it (+) or against it (−)</source>
        <translation>与它同向 (+) 或反向 (−) 的位</translation>
    </message>
</context>
<context>
    <name>BitPanel</name>
    <message>
        <source>{n} required</source>
        <translation>{n} 位必需</translation>
    </message>
    <message>
        <source>{n} ignored</source>
        <translation>{n} 位忽略</translation>
    </message>
    <message>
        <source>{n} inverted</source>
        <translation>{n} 位反转</translation>
    </message>
    <message>
        <source>Bits: {rules}</source>
        <translation>规则：{rules}</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>Differing</source>
        <translation>差异</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>Sort the bits by {order}</source>
        <translation>按{order}排列各位</translation>
    </message>
    <message>
        <source>More for the chosen bit</source>
        <translation>所选位的更多操作</translation>
    </message>
    <message>
        <source>Count all again</source>
        <translation>全部重新计入</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>位</translation>
    </message>
</context>
<context>
    <name>BitPhotos</name>
    <message>
        <source>{bit} on, strongest first</source>
        <translation>{bit}为开，最强的在前</translation>
    </message>
    <message>
        <source>{bit} off, weakest first</source>
        <translation>{bit}为关，最弱的在前</translation>
    </message>
</context>
<context>
    <name>BrowsePage</name>
    <message>
        <source>Photos of the library</source>
        <translation>图库中的照片</translation>
    </message>
    <message>
        <source>Matches, nearest first</source>
        <translation>匹配结果，最接近的在前</translation>
    </message>
    <message>
        <source>Show the likeliest all the same</source>
        <translation>仍然显示最有可能的照片</translation>
    </message>
    <message>
        <source>Searching</source>
        <translation>正在搜索</translation>
    </message>
    <message>
        <source>Show all photos</source>
        <translation>显示所有照片</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>图库</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>匹配结果</translation>
    </message>
    <message>
        <source>{shown} nearest of {photos}  ·  {time}</source>
        <translation>{photos}中最接近的 {shown} 张  ·  {time}</translation>
    </message>
    <message>
        <source>No photo does what is asked of the bits</source>
        <translation>没有照片符合对位的要求</translation>
    </message>
    <message>
        <source>Count all bits again in the inspector, or require fewer.</source>
        <translation>请在检查器中重新计入所有位，或减少必需的位。</translation>
    </message>
    <message>
        <source>No match within the filters</source>
        <translation>筛选范围内没有匹配</translation>
    </message>
    <message>
        <source>Let matches differ by more bits, or reset the filters.</source>
        <translation>请允许更多位不同，或重置筛选。</translation>
    </message>
    <message>
        <source>No matches</source>
        <translation>没有匹配</translation>
    </message>
    <message>
        <source>No photo of the library has a code to compare with yet.</source>
        <translation>图库中还没有可供比较的照片编码。</translation>
    </message>
    <message>
        <source>No photo has all of that for sure</source>
        <translation>没有照片能确定全部符合</translation>
    </message>
    <message>
        <source>Ask for less; a mark that is hard to see is not sure.</source>
        <translation>请少要求一些；难以看清的特征无法确定。</translation>
    </message>
    <message>
        <source>The network looks at your picture…</source>
        <translation>网络正在查看你的图片…</translation>
    </message>
</context>
<context>
    <name>BrowseRoom</name>
    <message>
        <source>Only counter-examples</source>
        <translation>只有反例</translation>
    </message>
    <message>
        <source>Add a picture to look for, or turn one of these into an example.</source>
        <translation>请添加要查找的图片，或将其中一张变为示例。</translation>
    </message>
    <message>
        <source>The search did not work</source>
        <translation>搜索失败</translation>
    </message>
</context>
<context>
    <name>CardView</name>
    <message>
        <source>What it finds</source>
        <translation>它找到的照片</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>used before</source>
        <translation>曾使用</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>&amp;Teach it more…</source>
        <translation>继续教它(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Compare with…</source>
        <translation>与其他比较(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Duplicate…</source>
        <translation>复制(&amp;D)…</translation>
    </message>
    <message>
        <source>&amp;Rename…</source>
        <translation>重命名(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Save as a file…</source>
        <translation>另存为文件(&amp;S)…</translation>
    </message>
    <message>
        <source>D&amp;elete…</source>
        <translation>删除(&amp;E)…</translation>
    </message>
</context>
<context>
    <name>CheckPage</name>
    <message>
        <source>What was found</source>
        <translation>检查结果</translation>
    </message>
    <message>
        <source>Progress of the check</source>
        <translation>检查进度</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Beside</source>
        <translation>对照</translation>
    </message>
    <message>
        <source>&amp;Leave out</source>
        <translation>排除(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Ignore</source>
        <translation>忽略(&amp;I)</translation>
    </message>
    <message>
        <source>All of this &amp;kind</source>
        <translation>同类全部(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>Looking at the photos</source>
        <translation>正在查看照片</translation>
    </message>
    <message>
        <source>{done} of {all} photos</source>
        <translation>{done} / {all} 张照片</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>大约还需 {time}</translation>
    </message>
    <message>
        <source>The check did not work</source>
        <translation>检查未能完成</translation>
    </message>
    <message>
        <source>Nothing is the matter</source>
        <translation>没有问题</translation>
    </message>
    <message>
        <source>{photos} of {kinds} kinds are ready.</source>
        <translation>{kinds} 个类别的 {photos} 已就绪。</translation>
    </message>
    <message>
        <source>{count} to look at</source>
        <translation>{count} 项待查看</translation>
    </message>
    <message>
        <source>C&amp;all it {kind}</source>
        <translation>改为 {kind}(&amp;A)</translation>
    </message>
    <message>
        <source>Ignore all {count} of this &amp;kind</source>
        <translation>忽略此类全部 {count} 项(&amp;K)</translation>
    </message>
    <message>
        <source>Beside them</source>
        <translation>对照照片</translation>
    </message>
    <message>
        <source>The nearest are {kind}</source>
        <translation>最相近的是 {kind}</translation>
    </message>
    <message>
        <source>F takes the suggestion, I ignores, Delete leaves the photos out of the lesson. Files are never touched.</source>
        <translation>按 F 采纳建议，按 I 忽略，按 Delete 把照片排除在课程之外。文件不会被改动。</translation>
    </message>
</context>
<context>
    <name>ChoosePage</name>
    <message>
        <source>Folders of the li&amp;brary</source>
        <translation>图库中的文件夹(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Another folder…</source>
        <translation>其他文件夹(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Table…</source>
        <translation>表格(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Keywords</source>
        <translation>关键词(&amp;K)</translation>
    </message>
    <message>
        <source>Photos of the library by the keywords in their sidecars or in themselves</source>
        <translation>按附属文件或照片自身的关键词归类的图库照片</translation>
    </message>
    <message>
        <source>A CSV with the columns path and class</source>
        <translation>含 path 和 class 列的 CSV</translation>
    </message>
    <message>
        <source>&amp;Labels</source>
        <translation>标签(&amp;L)</translation>
    </message>
    <message>
        <source>Photos of the library by the names they were given</source>
        <translation>按已命名归类的图库照片</translation>
    </message>
    <message>
        <source>What is a kind</source>
        <translation>什么算一个类别</translation>
    </message>
    <message>
        <source>Kinds are found by themselves</source>
        <translation>自动识别类别</translation>
    </message>
    <message>
        <source>Each folder in it is a kind</source>
        <translation>其中每个文件夹是一个类别</translation>
    </message>
    <message>
        <source>Each innermost folder is a kind</source>
        <translation>每个最内层文件夹是一个类别</translation>
    </message>
    <message>
        <source>Kinds</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Drop folders here</source>
        <translation>把文件夹拖放到这里</translation>
    </message>
    <message>
        <source>One folder for each kind, such as a species or a model of car, with ten photos or more. Nothing in them is changed.</source>
        <translation>每个类别一个文件夹，例如一个物种或一款车型，最好有十张以上照片。其中的内容不会改动。</translation>
    </message>
    <message>
        <source>Reading folders</source>
        <translation>正在读取文件夹</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>重命名(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Merge…</source>
        <translation>合并(&amp;M)…</translation>
    </message>
    <message>
        <source>Leave &amp;out</source>
        <translation>排除(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>Be&amp;gin anew</source>
        <translation>重新开始(&amp;G)</translation>
    </message>
    <message>
        <source>keywords</source>
        <translation>关键词</translation>
    </message>
    <message>
        <source>labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>And {count} more.</source>
        <translation>还有 {count} 条。</translation>
    </message>
    <message>
        <source>{photos} found</source>
        <translation>找到 {photos}</translation>
    </message>
    <message>
        <source>{kinds} kinds, {photos}</source>
        <translation>{kinds} 个类别，{photos}</translation>
    </message>
    <message>
        <source>A lesson needs two kinds or more: add another folder.</source>
        <translation>课程至少需要两个类别：请再添加一个文件夹。</translation>
    </message>
    <message>
        <source>Double-click a kind to rename it; drop one on another to merge them. Files are never touched.</source>
        <translation>双击类别可重命名；把一个类别拖到另一个上可合并。文件不会被改动。</translation>
    </message>
    <message>
        <source>Merge kinds</source>
        <translation>合并类别</translation>
    </message>
    <message>
        <source>What the kinds are called together</source>
        <translation>合并后的名称</translation>
    </message>
    <message>
        <source>A folder with a folder for each kind</source>
        <translation>每个类别各有一个子文件夹的文件夹</translation>
    </message>
    <message>
        <source>A table of photos and their kinds</source>
        <translation>照片及其类别的表格</translation>
    </message>
    <message>
        <source>Tables ({patterns})</source>
        <translation>表格 ({patterns})</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Commands</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>What do you want to do?</source>
        <translation>你想做什么？</translation>
    </message>
    <message>
        <source>Find a command</source>
        <translation>查找命令</translation>
    </message>
    <message>
        <source>No command is called “{text}”</source>
        <translation>没有名为“{text}”的命令</translation>
    </message>
</context>
<context>
    <name>CompareDialog</name>
    <message>
        <source>Compare models</source>
        <translation>比较模型</translation>
    </message>
    <message>
        <source>First model</source>
        <translation>第一个模型</translation>
    </message>
    <message>
        <source>Second model</source>
        <translation>第二个模型</translation>
    </message>
    <message>
        <source>Photos to compare on</source>
        <translation>用于比较的照片</translation>
    </message>
    <message>
        <source>Photos that have a name</source>
        <translation>有名称的照片</translation>
    </message>
    <message>
        <source>Photos of the lesson being set up</source>
        <translation>正在设置的课程的照片</translation>
    </message>
    <message>
        <source>&amp;Compare</source>
        <translation>比较(&amp;C)</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Progress of the comparison</source>
        <translation>比较进度</translation>
    </message>
    <message>
        <source>The lesson is paused. The comparison begins when the lesson is over.</source>
        <translation>课程已暂停。课程结束后才会开始比较。</translation>
    </message>
    <message>
        <source>The comparison begins when the lesson is over.</source>
        <translation>课程结束后才会开始比较。</translation>
    </message>
    <message>
        <source>mAP as searches show it: {first} {before}, {second} {after}</source>
        <translation>按搜索显示的 mAP：{first} {before}，{second} {after}</translation>
    </message>
    <message>
        <source>On which photos</source>
        <translation>用哪些照片</translation>
    </message>
</context>
<context>
    <name>CompareStage</name>
    <message>
        <source>{percent} %</source>
        <translation>{percent}%</translation>
    </message>
</context>
<context>
    <name>ConfusionPane</name>
    <message>
        <source>It mixes up no two kinds of the photos kept back.</source>
        <translation>在保留的照片中没有混淆任何两个类别。</translation>
    </message>
    <message>
        <source>{kind} taken for {other}: {now} photos, {before} before</source>
        <translation>{kind} 被认作 {other}：现在 {now} 张，之前 {before} 张</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>The library is up to date: {photos}.</source>
        <translation>图库已是最新：{photos}。</translation>
    </message>
</context>
<context>
    <name>EngineWatch</name>
    <message>
        <source>Loading the model…</source>
        <translation>正在加载模型…</translation>
    </message>
    <message>
        <source>The engine did not start</source>
        <translation>引擎未能启动</translation>
    </message>
</context>
<context>
    <name>EvidenceBar</name>
    <message>
        <source>The model did not look at what is darkened.</source>
        <translation>变暗的部分模型没有看。</translation>
    </message>
    <message>
        <source>Opacity of the evidence map</source>
        <translation>依据图的不透明度</translation>
    </message>
    <message>
        <source>Choose a bit below to see where it looked.</source>
        <translation>在下方选择一位，查看它看的位置。</translation>
    </message>
    <message>
        <source>Point at a mark below to see where the model looked.</source>
        <translation>指向下面的特征，看看模型看了哪里。</translation>
    </message>
    <message>
        <source>Looking at the pictures…</source>
        <translation>正在查看图片…</translation>
    </message>
    <message>
        <source>Details: mean of the map {means}</source>
        <translation>详情：图的均值 {means}</translation>
    </message>
</context>
<context>
    <name>ExampleChip</name>
    <message>
        <source>photo of the library</source>
        <translation>图库中的照片</translation>
    </message>
    <message>
        <source>Turn {name} into a counter-example</source>
        <translation>将 {name} 变为反例</translation>
    </message>
    <message>
        <source>Turn {name} into an example</source>
        <translation>将 {name} 变为示例</translation>
    </message>
    <message>
        <source>Find photos unlike this one instead</source>
        <translation>改为查找与它不像的照片</translation>
    </message>
    <message>
        <source>Find photos like this one instead</source>
        <translation>改为查找与它相似的照片</translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation>移除 {name}</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Weight of {name}: {weight}</source>
        <translation>{name} 的权重：{weight}</translation>
    </message>
    <message>
        <source>How much this picture counts, from 1 to {most}</source>
        <translation>此图片的权重，从 1 到 {most}</translation>
    </message>
    <message>
        <source>Search by a part of {name}</source>
        <translation>按 {name} 的局部搜索</translation>
    </message>
    <message>
        <source>Search by a part of this picture</source>
        <translation>按此图片的局部搜索</translation>
    </message>
</context>
<context>
    <name>ExampleTile</name>
    <message>
        <source>{name}, activation {activation}</source>
        <translation>{name}，激活值 {activation}</translation>
    </message>
</context>
<context>
    <name>ExportCommands</name>
    <message>
        <source>Copy {photos} to a folder</source>
        <translation>将{photos}复制到文件夹</translation>
    </message>
    <message>
        <source>Copying photos</source>
        <translation>正在复制照片</translation>
    </message>
    <message>
        <source>Copying photos to {folder}</source>
        <translation>正在将照片复制到 {folder}</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Copying was stopped</source>
        <translation>已停止复制</translation>
    </message>
    <message>
        <source>{photos} copied to {folder}</source>
        <translation>已将{photos}复制到 {folder}</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>{count} could not be copied; the first ({why})</source>
        <translation>有 {count} 个未能复制；第一个（{why}）</translation>
    </message>
    <message>
        <source>Check whether its drive is connected</source>
        <translation>请检查其磁盘是否已连接</translation>
    </message>
</context>
<context>
    <name>FailureDialog</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Something went wrong that should not have</source>
        <translation>发生了意外错误</translation>
    </message>
    <message>
        <source>Your photos and the library are safe. You can go on, or start again.</source>
        <translation>照片和图库都安全。你可以继续，也可以重新启动。</translation>
    </message>
    <message>
        <source>The log is in {folder}.</source>
        <translation>日志位于 {folder}。</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>复制详细信息</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>相机</translation>
    </message>
    <message>
        <source>Orientation</source>
        <translation>方向</translation>
    </message>
    <message>
        <source>Kind of file</source>
        <translation>文件类型</translation>
    </message>
    <message>
        <source>Taken from</source>
        <translation>拍摄自</translation>
    </message>
    <message>
        <source>Taken until</source>
        <translation>拍摄至</translation>
    </message>
    <message>
        <source>Most bits that may differ</source>
        <translation>最多允许不同的位数</translation>
    </message>
    <message>
        <source>Order of the matches</source>
        <translation>匹配结果的顺序</translation>
    </message>
    <message>
        <source>Group alike</source>
        <translation>合并相似</translation>
    </message>
    <message>
        <source>One photo stands for shots of the same and RAW pairs</source>
        <translation>同一场景的连拍与 RAW 配对只显示一张</translation>
    </message>
    <message>
        <source>Reset filters</source>
        <translation>重置筛选</translation>
    </message>
    <message>
        <source>All folders</source>
        <translation>所有文件夹</translation>
    </message>
    <message>
        <source>Kind: what the folder that holds the photo is named after</source>
        <translation>种类：照片所在文件夹以什么命名</translation>
    </message>
    <message>
        <source>Year or month</source>
        <translation>年或月</translation>
    </message>
    <message>
        <source>All cameras</source>
        <translation>所有相机</translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation>所有种类</translation>
    </message>
    <message>
        <source>Any shape</source>
        <translation>任意形状</translation>
    </message>
    <message>
        <source>Landscape</source>
        <translation>横向</translation>
    </message>
    <message>
        <source>Portrait</source>
        <translation>纵向</translation>
    </message>
    <message>
        <source>Square</source>
        <translation>方形</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>RAW only</source>
        <translation>仅 RAW</translation>
    </message>
    <message>
        <source>No RAW</source>
        <translation>不含 RAW</translation>
    </message>
    <message>
        <source>Nearest first</source>
        <translation>最接近的在前</translation>
    </message>
    <message>
        <source>Newest first</source>
        <translation>最新的在前</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>按名称</translation>
    </message>
    <message>
        <source>Any date</source>
        <translation>任意日期</translation>
    </message>
    <message>
        <source>any distance</source>
        <translation>任意距离</translation>
    </message>
    <message>
        <source>up to {count} bits</source>
        <translation>最多 {count} 位</translation>
    </message>
    <message>
        <source>Differs by</source>
        <translation>相差</translation>
    </message>
</context>
<context>
    <name>FirstAnswer</name>
    <message>
        <source>Birds from everywhere? The model {name} tells more kinds apart…</source>
        <translation>拍摄世界各地的鸟？模型 {name} 能区分更多种类…</translation>
    </message>
</context>
<context>
    <name>FirstRunPage</name>
    <message>
        <source>Add a folder of photos…</source>
        <translation>添加照片文件夹…</translation>
    </message>
    <message>
        <source>Teach it kinds of your own…</source>
        <translation>教它认识你自己的类别…</translation>
    </message>
    <message>
        <source>What do you photograph?</source>
        <translation>你拍摄什么？</translation>
    </message>
    <message>
        <source>or drop a folder here</source>
        <translation>或将文件夹拖到此处</translation>
    </message>
    <message>
        <source>Birds</source>
        <translation>鸟</translation>
    </message>
    <message>
        <source>Cars</source>
        <translation>汽车</translation>
    </message>
    <message>
        <source>A bit of everything</source>
        <translation>什么都拍一点</translation>
    </message>
    <message>
        <source>Find photos that look alike, and see why</source>
        <translation>查找相似的照片，并看到原因</translation>
    </message>
    <message>
        <source>Show Ahash one picture: it finds the nearest among your photos and says what they have in common.</source>
        <translation>给 Ahash 看一张图片，它会在你的照片中找出最相似的，并说明它们有什么共同之处。</translation>
    </message>
    <message>
        <source>Next your photos appear as they are read; from the first one on you can search.</source>
        <translation>接下来照片会边读取边显示；从第一张起就可以搜索。</translation>
    </message>
    <message>
        <source>Photos stay where they are: nothing is moved, changed or sent anywhere.</source>
        <translation>照片留在原处：不会被移动、修改或发送。</translation>
    </message>
    <message>
        <source>Use my Pictures folder ({folder})</source>
        <translation>使用我的图片文件夹 ({folder})</translation>
    </message>
</context>
<context>
    <name>FirstSample</name>
    <message>
        <source>Some of your photos</source>
        <translation>你的部分照片</translation>
    </message>
</context>
<context>
    <name>FolderWatch</name>
    <message>
        <source>Changes are not followed</source>
        <translation>未跟踪更改</translation>
    </message>
    <message>
        <source>1 folder looked through every {minutes} min</source>
        <translation>1 个文件夹每 {minutes} 分钟检查一次</translation>
    </message>
    <message>
        <source>{n} folders looked through every {minutes} min</source>
        <translation>{n} 个文件夹每 {minutes} 分钟检查一次</translation>
    </message>
    <message>
        <source>A folder cannot be reached</source>
        <translation>有文件夹无法访问</translation>
    </message>
    <message>
        <source>Following changes</source>
        <translation>正在跟踪更改</translation>
    </message>
    <message>
        <source>changes are followed</source>
        <translation>正在跟踪更改</translation>
    </message>
    <message>
        <source>a network or cloud drive, looked through now and then</source>
        <translation>网络或云端驱动器，定期检查</translation>
    </message>
    <message>
        <source>more folders than this system lets a user watch, looked through now and then</source>
        <translation>文件夹数超出系统可监视的上限，定期检查</translation>
    </message>
    <message>
        <source>the system does not tell of changes, looked through now and then</source>
        <translation>系统不报告更改，定期检查</translation>
    </message>
    <message>
        <source>cannot be reached; it is followed when it is back</source>
        <translation>无法访问；恢复后将继续跟踪</translation>
    </message>
</context>
<context>
    <name>FoldersDialog</name>
    <message>
        <source>Folders</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Folders of the library</source>
        <translation>图库的文件夹</translation>
    </message>
    <message>
        <source>No folders yet</source>
        <translation>还没有文件夹</translation>
    </message>
    <message>
        <source>Add one, and its photos can be searched.</source>
        <translation>添加文件夹后即可搜索其中的照片。</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Teach its kinds…</source>
        <translation>学习其中的类别…</translation>
    </message>
    <message>
        <source>A lesson about the photos of the chosen folders, a kind for each folder in it</source>
        <translation>关于所选文件夹中照片的课程，每个子文件夹一个类别</translation>
    </message>
    <message>
        <source>Not this folder</source>
        <translation>不是此文件夹</translation>
    </message>
    <message>
        <source>The folder was found again here, but this is another one: it is where it was</source>
        <translation>程序在此处重新找到了该文件夹，但这其实是另一个文件夹：它仍在原处</translation>
    </message>
    <message>
        <source>Photos in them and below are searched. Nothing is done to the files here: only “Move to the trash” moves some, and it asks first.</source>
        <translation>搜索这些文件夹及其下的照片。这里不会改动文件：只有“移到回收站”会移动文件，并且会先询问。</translation>
    </message>
    <message>
        <source>Forget this folder?</source>
        <translation>移除此文件夹？</translation>
    </message>
    <message>
        <source>Forget {folder}?</source>
        <translation>移除 {folder}？</translation>
    </message>
    <message>
        <source>Its photos leave the library. The files stay where they are; adding the folder again reads them anew.</source>
        <translation>其中的照片将离开图库。文件留在原处；再次添加此文件夹会重新读取。</translation>
    </message>
</context>
<context>
    <name>GuideDialog</name>
    <message>
        <source>Guide</source>
        <translation>使用指南</translation>
    </message>
</context>
<context>
    <name>GuidePage</name>
    <message>
        <source>Pages of the guide</source>
        <translation>指南页面</translation>
    </message>
</context>
<context>
    <name>HeadingPointer</name>
    <message>
        <source>Choose all of these</source>
        <translation>选择这一组的所有照片</translation>
    </message>
</context>
<context>
    <name>Help</name>
    <message>
        <source>{name}, {n_bits} bits</source>
        <translation>{name}，{n_bits} 位</translation>
    </message>
    <message>
        <source>not loaded yet</source>
        <translation>尚未加载</translation>
    </message>
</context>
<context>
    <name>Incoming</name>
    <message>
        <source>Open a picture to search with</source>
        <translation>打开用于搜索的图片</translation>
    </message>
    <message>
        <source>Pictures ({patterns})</source>
        <translation>图片 ({patterns})</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Add a folder of photos</source>
        <translation>添加照片文件夹</translation>
    </message>
    <message>
        <source>Drop to add to the search</source>
        <translation>松开以加入搜索</translation>
    </message>
    <message>
        <source>Drop a picture to find its like, or a folder to add it</source>
        <translation>拖入图片以查找相似照片，或拖入文件夹以添加</translation>
    </message>
</context>
<context>
    <name>Inspection</name>
    <message>
        <source>This photo has no thumbnail yet.</source>
        <translation>这张照片还没有缩略图。</translation>
    </message>
</context>
<context>
    <name>Inspector</name>
    <message>
        <source>Nothing to compare yet</source>
        <translation>还没有可比较的内容</translation>
    </message>
    <message>
        <source>Find similar</source>
        <translation>查找相似照片</translation>
    </message>
    <message>
        <source>Choose a photo to see what the model says of it and where it looked.</source>
        <translation>选择一张照片，看看模型怎么说，又看了哪里。</translation>
    </message>
    <message>
        <source>Find photos similar to {photo}</source>
        <translation>查找与此相似的照片：{photo}</translation>
    </message>
    <message>
        <source>Not read yet</source>
        <translation>尚未读取</translation>
    </message>
    <message>
        <source>What the model says appears here once the library is up to date.</source>
        <translation>图库更新完成后，模型的说法会显示在这里。</translation>
    </message>
    <message>
        <source>This photo</source>
        <translation>这张照片</translation>
    </message>
    <message>
        <source>Compared</source>
        <translation>对比</translation>
    </message>
    <message>
        <source>Looking at the pictures…</source>
        <translation>正在查看图片…</translation>
    </message>
    <message>
        <source>Field marks</source>
        <translation>识别特征</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>位</translation>
    </message>
    <message>
        <source>What to show of the photos</source>
        <translation>显示照片的哪些内容</translation>
    </message>
    <message>
        <source>Where it looked</source>
        <translation>模型看的地方</translation>
    </message>
    <message>
        <source>{n} agreeing bits, as the query has them</source>
        <translation>{n} 个一致的位（以查询为准）</translation>
    </message>
    <message>
        <source>{n} differing bits, as the query has them</source>
        <translation>{n} 个不同的位（以查询为准）</translation>
    </message>
</context>
<context>
    <name>JobBar</name>
    <message>
        <source>Progress of the update</source>
        <translation>更新进度</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Cancel the update</source>
        <translation>取消更新</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>关闭此消息</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>正在开始</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Looking for photos</source>
        <translation>正在查找照片</translation>
    </message>
    <message>
        <source>{photos} found</source>
        <translation>找到 {photos}</translation>
    </message>
    <message>
        <source>Reading photos</source>
        <translation>正在读取照片</translation>
    </message>
    <message>
        <source>Reading photos for {model}</source>
        <translation>正在为 {model} 读取照片</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>正在等待</translation>
    </message>
    <message>
        <source>{done} of {all}</source>
        <translation>{done} / {all}</translation>
    </message>
    <message>
        <source>{rate} photos/s</source>
        <translation>{rate} 张/秒</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>大约还需 {time}</translation>
    </message>
    <message>
        <source>Cancelling</source>
        <translation>正在取消</translation>
    </message>
    <message>
        <source>What is finished is kept.</source>
        <translation>已完成的部分会保留。</translation>
    </message>
    <message>
        <source>Library up to date</source>
        <translation>图库已是最新</translation>
    </message>
    <message>
        <source>Model changed</source>
        <translation>模型已更换</translation>
    </message>
    <message>
        <source>What was finished is kept; the next update goes on from there.</source>
        <translation>已完成的部分会保留；下次更新从那里继续。</translation>
    </message>
    <message>
        <source>{photos} read.</source>
        <translation>已读取 {photos}。</translation>
    </message>
    <message>
        <source>{photos} read</source>
        <translation>已读取 {photos}</translation>
    </message>
    <message>
        <source>{photos} out of reach, read later</source>
        <translation>{photos} 暂时无法访问，稍后读取</translation>
    </message>
    <message>
        <source>{n} read</source>
        <translation>已读取 {n}</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>The update stopped</source>
        <translation>更新已停止</translation>
    </message>
    <message>
        <source>{name} is in use</source>
        <translation>正在使用 {name}</translation>
    </message>
    <message>
        <source>{n} recognised</source>
        <translation>{n} 张已识别</translation>
    </message>
    <message>
        <source>{n} unchanged</source>
        <translation>{n} 张未更改</translation>
    </message>
    <message>
        <source>{n} missing</source>
        <translation>{n} 张缺失</translation>
    </message>
    <message>
        <source>{n} ignored</source>
        <translation>{n} 张已忽略</translation>
    </message>
    <message>
        <source>{n} in the cloud only</source>
        <translation>{n} 张仅在云端</translation>
    </message>
    <message>
        <source>cannot be reached: {folders}</source>
        <translation>无法访问：{folders}</translation>
    </message>
    <message>
        <source>found again at {folder}</source>
        <translation>在 {folder} 重新找到</translation>
    </message>
</context>
<context>
    <name>JudgePage</name>
    <message>
        <source>Kinds before and after</source>
        <translation>各类别前后对比</translation>
    </message>
    <message>
        <source>Bits that fire for a kind</source>
        <translation>为某类别而亮的位</translation>
    </message>
    <message>
        <source>&amp;Use it…</source>
        <translation>使用(&amp;U)…</translation>
    </message>
    <message>
        <source>{photos} in {kinds} kinds taught in {time}; judged by {kept}</source>
        <translation>用 {time} 学习了 {kinds} 个类别的 {photos}；用 {kept} 评判</translation>
    </message>
    <message>
        <source>The rest of the library</source>
        <translation>图库的其余部分</translation>
    </message>
    <message>
        <source>Four searches</source>
        <translation>四次搜索</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Kinds</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Mixed up</source>
        <translation>混淆</translation>
    </message>
    <message>
        <source>Names of bits</source>
        <translation>位的名称</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>No photos were kept back to judge by.</source>
        <translation>没有保留照片用于评判。</translation>
    </message>
    <message>
        <source>Difference by codes: {low} to {high} (95 %)</source>
        <translation>按编码的差异：{low} 至 {high}（95%）</translation>
    </message>
    <message>
        <source>A photo is of a kind where the bits have the values shown. AUROC 1.00 is perfect, 0.50 no better than chance.</source>
        <translation>该位取所示值的照片属于该类别。AUROC 1.00 为完美，0.50 与随机无异。</translation>
    </message>
    <message>
        <source>{count} named bits kept their meaning.</source>
        <translation>{count} 个已命名的位保持原意。</translation>
    </message>
    <message>
        <source>These say nothing any more: {names}.</source>
        <translation>这些不再表示任何含义：{names}。</translation>
    </message>
</context>
<context>
    <name>LessonBar</name>
    <message>
        <source>Progress of the lesson</source>
        <translation>课程进度</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Go on with it</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Forget it</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Cancel the lesson</source>
        <translation>取消课程</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>关闭此消息</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>A lesson was broken off</source>
        <translation>有一个课程中断了</translation>
    </message>
    <message>
        <source>“{name}” is {percent} % done; what was learned is kept.</source>
        <translation>“{name}”已完成 {percent}%；学到的内容已保留。</translation>
    </message>
    <message>
        <source>Lesson “{name}”</source>
        <translation>课程“{name}”</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>正在开始</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Cancelled. What was learned is kept.</source>
        <translation>已取消。学到的内容已保留。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
</context>
<context>
    <name>LibraryLostDialog</name>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Put back</source>
        <translation>放回(&amp;P)</translation>
    </message>
</context>
<context>
    <name>MapPage</name>
    <message>
        <source>Map</source>
        <translation>地图</translation>
    </message>
    <message>
        <source>&amp;Back to the library</source>
        <translation>返回图库(&amp;B)</translation>
    </message>
    <message>
        <source>Colour by</source>
        <translation>着色依据</translation>
    </message>
    <message>
        <source>&amp;Thumbnails</source>
        <translation>缩略图(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Show in the grid</source>
        <translation>在网格中显示(&amp;S)</translation>
    </message>
    <message>
        <source>Show &amp;everything</source>
        <translation>显示全部(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Update the map</source>
        <translation>更新地图(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Making the map</source>
        <translation>正在生成地图</translation>
    </message>
    <message>
        <source>No map yet</source>
        <translation>还没有地图</translation>
    </message>
    <message>
        <source>A map puts photos with like codes close to one another.</source>
        <translation>地图将编码相近的照片放在一起。</translation>
    </message>
    <message>
        <source>Make the map</source>
        <translation>生成地图</translation>
    </message>
    <message>
        <source>{photos}  ·  {new} new, not on the map yet</source>
        <translation>{photos}  ·  {new} 张新照片尚未在地图上</translation>
    </message>
    <message>
        <source>It may take some minutes.</source>
        <translation>可能需要几分钟。</translation>
    </message>
    <message>
        <source>There is no map</source>
        <translation>没有地图</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>One colour</source>
        <translation>单一颜色</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>other folders</source>
        <translation>其他文件夹</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>&amp;Show {photos} in the grid</source>
        <translation>在网格中显示 {photos}(&amp;S)</translation>
    </message>
    <message>
        <source>Chosen on the map</source>
        <translation>在地图上所选</translation>
    </message>
    <message>
        <source>C&amp;olour by</source>
        <translation>着色依据(&amp;O)</translation>
    </message>
    <message>
        <source>Shift and drag to select</source>
        <translation>按住 Shift 拖动以选择</translation>
    </message>
</context>
<context>
    <name>MapView</name>
    <message>
        <source>Map of the library</source>
        <translation>图库地图</translation>
    </message>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
</context>
<context>
    <name>MarkBoard</name>
    <message>
        <source>What the model says in words</source>
        <translation>模型用文字说的内容</translation>
    </message>
    <message>
        <source>It has</source>
        <translation>它有</translation>
    </message>
    <message>
        <source>It has not</source>
        <translation>它没有</translation>
    </message>
    <message>
        <source>Both</source>
        <translation>两者都有</translation>
    </message>
    <message>
        <source>Unlike</source>
        <translation>不同</translation>
    </message>
    <message>
        <source>Neither</source>
        <translation>两者都没有</translation>
    </message>
    <message>
        <source>Nothing that the model is sure of in words.</source>
        <translation>没有模型有把握用文字说明的内容。</translation>
    </message>
    <message>
        <source>{n} more</source>
        <translation>另外 {n} 项</translation>
    </message>
    <message>
        <source>{title}: {mark}. Such words were right of {percent} % of other photos.</source>
        <translation>{title}：{mark}。这样的说法在其他照片上有 {percent}% 是对的。</translation>
    </message>
    <message>
        <source>not so</source>
        <translation>并非如此</translation>
    </message>
    <message>
        <source>{first} / {second}</source>
        <translation>{first} / {second}</translation>
    </message>
    <message>
        <source>Unlike: the first {first}, the second {second}</source>
        <translation>不同：第一张 {first}，第二张 {second}</translation>
    </message>
</context>
<context>
    <name>MarkCommands</name>
    <message>
        <source>&amp;All photos that have it</source>
        <translation>所有有它的照片(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;All photos without it</source>
        <translation>所有没有它的照片(&amp;A)</translation>
    </message>
    <message>
        <source>Pa&amp;ge of its bit</source>
        <translation>它那一位的页面(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Require: only photos that surely have it</source>
        <translation>必须(&amp;R)：只要确实有它的照片</translation>
    </message>
    <message>
        <source>In&amp;vert: rather photos without it</source>
        <translation>反转(&amp;V)：偏向没有它的照片</translation>
    </message>
    <message>
        <source>&amp;Require: only photos that surely have it not</source>
        <translation>必须(&amp;R)：只要确实没有它的照片</translation>
    </message>
    <message>
        <source>In&amp;vert: rather photos with it</source>
        <translation>反转(&amp;V)：偏向有它的照片</translation>
    </message>
    <message>
        <source>&amp;Ignore: it does not count</source>
        <translation>忽略(&amp;I)：它不计入</translation>
    </message>
</context>
<context>
    <name>MissingDialog</name>
    <message>
        <source>Missing photos</source>
        <translation>缺失的照片</translation>
    </message>
    <message>
        <source>No photo is missing</source>
        <translation>没有缺失的照片</translation>
    </message>
    <message>
        <source>Photos on drives that are away are not missing; they wait for their drive.</source>
        <translation>未连接的驱动器上的照片不算缺失，它们会等待驱动器接回。</translation>
    </message>
    <message>
        <source>{photos} missing</source>
        <translation>缺失 {photos}</translation>
    </message>
    <message>
        <source>Their files are gone from their folders. Their codes are kept, so that a photo that comes back, here or elsewhere, need not be read again.</source>
        <translation>它们的文件已不在原文件夹中。其编码仍然保留，因此照片回到原处或别处时无需重新读取。</translation>
    </message>
    <message>
        <source>Gone for {days} days or more: {photos}.</source>
        <translation>已缺失 {days} 天或更久：{photos}。</translation>
    </message>
    <message>
        <source>Keep for {days} days</source>
        <translation>再保留 {days} 天</translation>
    </message>
    <message>
        <source>Keep all for {days} days</source>
        <translation>全部再保留 {days} 天</translation>
    </message>
    <message>
        <source>Forget…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Forget all…</source>
        <translation>全部移除…</translation>
    </message>
    <message>
        <source>Forget missing photos?</source>
        <translation>移除缺失的照片？</translation>
    </message>
    <message>
        <source>Forget {photos}?</source>
        <translation>移除 {photos}？</translation>
    </message>
    <message>
        <source>Their codes leave the library. Photos that come back are read anew.</source>
        <translation>它们的编码将从图库中移除。照片若再次出现，会重新读取。</translation>
    </message>
</context>
<context>
    <name>ModelMissingDialog</name>
    <message>
        <source>The model “{name}” is not there</source>
        <translation>模型“{name}”不在了</translation>
    </message>
    <message>
        <source>This library was read with it. Put its folder back into {folder} and try again.</source>
        <translation>这个图库是用它读取的。请把它的文件夹放回 {folder} 再试。</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation>重试(&amp;T)</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Or use another model. It reads the photos anew in the background; nothing that is known of them is lost, and you can go back when the old one is there.</source>
        <translation>或者使用另一个模型。它会在后台重新读取照片；已知的内容不会丢失，原来的模型回来后还可以换回去。</translation>
    </message>
    <message>
        <source>&amp;Use this model</source>
        <translation>使用此模型(&amp;U)</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>&amp;Add from a file…</source>
        <translation>从文件添加(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Go back to the model before</source>
        <translation>换回之前的模型(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Teach it your kinds…</source>
        <translation>教它认识你的类别(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Back to the library</source>
        <translation>返回图库(&amp;B)</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>A model turns photos into codes. Changing it reads all photos again, while searching goes on with the old codes.</source>
        <translation>模型把照片变成编码。更换模型会重新读取所有照片，期间继续用旧编码搜索。</translation>
    </message>
    <message>
        <source>The photos are read for {name}; the bar below says how far it is.</source>
        <translation>正在为 {name} 读取照片；下方的进度条显示进度。</translation>
    </message>
    <message>
        <source>{name} searches from the next start of the program.</source>
        <translation>{name} 将从下次启动起用于搜索。</translation>
    </message>
</context>
<context>
    <name>ModelsView</name>
    <message>
        <source>{photos} are read in the background, which takes about {time}. The old codes serve until then, and going back costs nothing.</source>
        <translation>将在后台读取 {photos}，大约需要 {time}。在此之前继续使用旧编码，换回也不需要任何代价。</translation>
    </message>
    <message>
        <source>Use {name}?</source>
        <translation>使用 {name}？</translation>
    </message>
    <message>
        <source>Change the model</source>
        <translation>更换模型</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>不使用</translation>
    </message>
    <message>
        <source>Duplicate {name}</source>
        <translation>复制 {name}</translation>
    </message>
    <message>
        <source>Rename {name}</source>
        <translation>重命名 {name}</translation>
    </message>
    <message>
        <source>Name of the model</source>
        <translation>模型的名称</translation>
    </message>
    <message>
        <source>Save the model</source>
        <translation>保存模型</translation>
    </message>
    <message>
        <source>Models ({pattern})</source>
        <translation>模型 ({pattern})</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>添加模型</translation>
    </message>
    <message>
        <source>Its codes go with it. Save it as a file first if you may want it again.</source>
        <translation>其编码会一并删除。如果以后可能还要用，请先另存为文件。</translation>
    </message>
    <message>
        <source>Delete {name}?</source>
        <translation>删除 {name}？</translation>
    </message>
    <message>
        <source>Delete a model</source>
        <translation>删除模型</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
</context>
<context>
    <name>NothingClose</name>
    <message>
        <source>Nothing close. These are the nearest, and hardly of the same kind.</source>
        <translation>没有接近的照片。下面是最近的，但多半不是同一种。</translation>
    </message>
    <message>
        <source>Try another model</source>
        <translation>换个模型试试</translation>
    </message>
    <message>
        <source>Teach it</source>
        <translation>教它认</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Close this notice</source>
        <translation>关闭此通知</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>The language changes when the program starts next.</source>
        <translation>语言会在程序下次启动时改变。</translation>
    </message>
    <message>
        <source>From now on this photo is read where you say its subject is.</source>
        <translation>从现在起，这张照片按你指出的主体读取。</translation>
    </message>
    <message>
        <source>From now on the program finds the subject of this photo itself.</source>
        <translation>此后由程序自行确定这张照片的主体。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>PhotoGrid</name>
    <message>
        <source>Find similar</source>
        <translation>查找相似照片</translation>
    </message>
    <message>
        <source>{row} of {all}</source>
        <translation>第 {row} 项，共 {all} 项</translation>
    </message>
</context>
<context>
    <name>ProblemsDialog</name>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>These files could not be read. All others are in the library.</source>
        <translation>这些文件无法读取。其他文件都已在图库中。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Ignore</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>No problems</source>
        <translation>没有问题</translation>
    </message>
    <message>
        <source>Every file of the library could be read.</source>
        <translation>图库中的文件都能读取。</translation>
    </message>
    <message>
        <source>Files that could not be read</source>
        <translation>无法读取的文件</translation>
    </message>
    <message>
        <source>Try all again</source>
        <translation>全部重试</translation>
    </message>
    <message>
        <source>Ignore all</source>
        <translation>全部忽略</translation>
    </message>
</context>
<context>
    <name>QueryRows</name>
    <message>
        <source>Asked with</source>
        <translation>查询</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>找到</translation>
    </message>
    <message>
        <source>{kind}: {right} of {shown} right</source>
        <translation>{kind}：{shown} 张中 {right} 张正确</translation>
    </message>
</context>
<context>
    <name>QueryStrip</name>
    <message>
        <source>Clear search</source>
        <translation>清除搜索</translation>
    </message>
    <message>
        <source>Back to the library (Esc)</source>
        <translation>返回图库 (Esc)</translation>
    </message>
    <message>
        <source>Looks like</source>
        <translation>相似于</translation>
    </message>
    <message>
        <source>Drop more pictures here to refine</source>
        <translation>拖入更多图片以细化搜索</translation>
    </message>
    <message>
        <source>Search the whole picture</source>
        <translation>搜索整张图片</translation>
    </message>
    <message>
        <source>This photo has no thumbnail yet</source>
        <translation>这张照片还没有缩略图</translation>
    </message>
    <message>
        <source>Look at it in the library, and try again</source>
        <translation>请先在图库中查看它，然后重试</translation>
    </message>
</context>
<context>
    <name>Rail</name>
    <message>
        <source>Ways into the library</source>
        <translation>进入图库的途径</translation>
    </message>
</context>
<context>
    <name>ReasonRows</name>
    <message>
        <source>Why do they match?</source>
        <translation>为什么匹配？</translation>
    </message>
    <message>
        <source>What tells them apart?</source>
        <translation>区别在哪里？</translation>
    </message>
    <message>
        <source>All {n} agreeing bits together</source>
        <translation>全部 {n} 个一致的位</translation>
    </message>
    <message>
        <source>All {n} differing bits together</source>
        <translation>全部 {n} 个不同的位</translation>
    </message>
    <message>
        <source>{bits}: show where they looked</source>
        <translation>{bits}：显示它们看的位置</translation>
    </message>
    <message>
        <source>All agreeing bits together</source>
        <translation>全部一致的位</translation>
    </message>
    <message>
        <source>All differing bits together</source>
        <translation>全部不同的位</translation>
    </message>
</context>
<context>
    <name>RecentSearches</name>
    <message>
        <source>Forget these</source>
        <translation>清除这些记录</translation>
    </message>
</context>
<context>
    <name>RegionBoard</name>
    <message>
        <source>Part of the picture to search by</source>
        <translation>用于搜索的图片局部</translation>
    </message>
    <message>
        <source>Arrows move the box, Shift and arrows make it larger or smaller</source>
        <translation>方向键移动方框，Shift 加方向键调整大小</translation>
    </message>
</context>
<context>
    <name>RegionDialog</name>
    <message>
        <source>Search by a part of the picture</source>
        <translation>按图片的局部搜索</translation>
    </message>
    <message>
        <source>Where the subject is</source>
        <translation>主体在哪里</translation>
    </message>
    <message>
        <source>Search by this part</source>
        <translation>按此局部搜索</translation>
    </message>
    <message>
        <source>It is here</source>
        <translation>就在这里</translation>
    </message>
    <message>
        <source>Use the whole picture</source>
        <translation>使用整张图片</translation>
    </message>
    <message>
        <source>Let the model find it</source>
        <translation>让模型自己找</translation>
    </message>
    <message>
        <source>Drag a box around what matters. Arrows move it; Shift and arrows size it.</source>
        <translation>拖出方框圈住重点。方向键移动，Shift 加方向键调整大小。</translation>
    </message>
</context>
<context>
    <name>ReviewPage</name>
    <message>
        <source>Suggested names</source>
        <translation>建议的名称</translation>
    </message>
    <message>
        <source>Photos of the suggested name</source>
        <translation>该建议名称的照片</translation>
    </message>
    <message>
        <source>Name the rest</source>
        <translation>为其余照片命名</translation>
    </message>
    <message>
        <source>A accepts the chosen photos, or all it is sure of where none is chosen; R refuses; N names them otherwise; Ctrl+Z takes back, also after a restart.</source>
        <translation>按 A 接受所选照片，未选时接受全部有把握的；R 拒绝；N 另取名称；Ctrl+Z 撤回，重新启动后也可以。</translation>
    </message>
    <message>
        <source>Looking for names</source>
        <translation>正在寻找名称</translation>
    </message>
    <message>
        <source>Also those it is &amp;not sure of</source>
        <translation>也包括没有把握的(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Accept</source>
        <translation>接受(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Refuse</source>
        <translation>拒绝(&amp;R)</translation>
    </message>
    <message>
        <source>An&amp;other name…</source>
        <translation>其他名称(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Kinds there are…</source>
        <translation>已有类别(&amp;K)…</translation>
    </message>
    <message>
        <source>&amp;Teach these kinds…</source>
        <translation>学习这些类别(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Back to the library</source>
        <translation>返回图库(&amp;B)</translation>
    </message>
    <message>
        <source>There is nothing to take back.</source>
        <translation>没有可撤回的内容。</translation>
    </message>
    <message>
        <source>&amp;Accept {photos}</source>
        <translation>接受 {photos}(&amp;A)</translation>
    </message>
    <message>
        <source>{photos} may be {name}.</source>
        <translation>{photos} 可能是 {name}。</translation>
    </message>
    <message>
        <source>No photo has a name yet</source>
        <translation>还没有照片有名称</translation>
    </message>
    <message>
        <source>Teach it some kinds first, or label photos; then the rest can be named.</source>
        <translation>请先教它一些类别，或给照片加标签；然后就能为其余照片命名。</translation>
    </message>
    <message>
        <source>Teach it your kinds…</source>
        <translation>教它认识你的类别…</translation>
    </message>
    <message>
        <source>Nothing is left to name</source>
        <translation>没有剩下要命名的照片</translation>
    </message>
    <message>
        <source>Every photo has a name, or its suggestion was refused.</source>
        <translation>每张照片都有名称，或其建议已被拒绝。</translation>
    </message>
    <message>
        <source>Another name</source>
        <translation>其他名称</translation>
    </message>
    <message>
        <source>What the photos show</source>
        <translation>照片上是什么</translation>
    </message>
</context>
<context>
    <name>RuleRow</name>
    <message>
        <source>And</source>
        <translation>并且</translation>
    </message>
    <message>
        <source>surely not {mark}</source>
        <translation>确实不是{mark}</translation>
    </message>
    <message>
        <source>surely {mark}</source>
        <translation>确实{mark}</translation>
    </message>
    <message>
        <source>{bit} as in the query</source>
        <translation>{bit}与查询相同</translation>
    </message>
    <message>
        <source>{bit} ignored</source>
        <translation>忽略{bit}</translation>
    </message>
    <message>
        <source>{bit} inverted</source>
        <translation>反转{bit}</translation>
    </message>
    <message>
        <source>Ask no more: {what}</source>
        <translation>不再要求：{what}</translation>
    </message>
</context>
<context>
    <name>SearchController</name>
    <message>
        <source>This photo has no thumbnail yet.</source>
        <translation>这张照片还没有缩略图。</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>as many as there are cores</source>
        <translation>与核心数相同</translation>
    </message>
    <message>
        <source>Only while no other program is &amp;busy</source>
        <translation>仅在其他程序空闲时(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Newest photos first</source>
        <translation>最新的照片在前(&amp;N)</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>Not on batter&amp;y</source>
        <translation>使用电池时不更新(&amp;Y)</translation>
    </message>
    <message>
        <source> days</source>
        <translation> 天</translation>
    </message>
    <message>
        <source> MB</source>
        <translation> MB</translation>
    </message>
    <message>
        <source>as much as they need</source>
        <translation>按需使用</translation>
    </message>
    <message>
        <source>Names of files and folders with * and ?, or paths with a slash; semicolons between them</source>
        <translation>可含 * 和 ? 的文件名或文件夹名，或带斜杠的路径；以分号分隔</translation>
    </message>
    <message>
        <source>Look into folders that links le&amp;ad to, too</source>
        <translation>同时查看链接所指向的文件夹(&amp;A)</translation>
    </message>
    <message>
        <source>beside the library</source>
        <translation>与图库放在一起</translation>
    </message>
    <message>
        <source>There is no folder {folder}. Choose one that is there.</source>
        <translation>文件夹 {folder} 不存在。请选择已有的文件夹。</translation>
    </message>
    <message>
        <source>The folder {folder} may not be written. Choose another one.</source>
        <translation>文件夹 {folder} 不可写入。请另选一个。</translation>
    </message>
    <message>
        <source>Thumbnails in {folder} would be taken for photos. Choose a folder outside of those that are searched.</source>
        <translation>放在 {folder} 中的缩略图会被当成照片。请选择不在被搜索文件夹之内的文件夹。</translation>
    </message>
    <message>
        <source>Folder for thumbnails</source>
        <translation>缩略图文件夹</translation>
    </message>
    <message>
        <source>Device, threads, language and the place of thumbnails change when the program starts next.</source>
        <translation>设备、线程数、语言和缩略图位置将在下次启动程序时更改。</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>读取</translation>
    </message>
    <message>
        <source>&amp;Order matches by</source>
        <translation>匹配排序依据(&amp;O)</translation>
    </message>
    <message>
        <source>Do&amp;uble click</source>
        <translation>双击(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Models…</source>
        <translation>模型(&amp;M)…</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation>设备(&amp;D)</translation>
    </message>
    <message>
        <source>T&amp;hreads</source>
        <translation>线程(&amp;H)</translation>
    </message>
    <message>
        <source>Updates</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>&amp;Folders…</source>
        <translation>文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Lea&amp;ve out</source>
        <translation>排除(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Keep missing photos for</source>
        <translation>缺失照片的保留时间(&amp;K)</translation>
    </message>
    <message>
        <source>Thumbna&amp;ils may take up</source>
        <translation>缩略图最多占用(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Choose…</source>
        <translation>选择(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Place of thumbnails</source>
        <translation>缩略图位置(&amp;P)</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>How alike the nearest are</source>
        <translation>最接近者有多相似</translation>
    </message>
    <message>
        <source>How many bits differ</source>
        <translation>不同的位数</translation>
    </message>
    <message>
        <source>How alike the strengths of their bits are</source>
        <translation>各位强度的相似程度</translation>
    </message>
    <message>
        <source>Looks at the photo large</source>
        <translation>放大查看照片</translation>
    </message>
    <message>
        <source>Finds similar photos</source>
        <translation>查找相似照片</translation>
    </message>
    <message>
        <source>The fastest there is</source>
        <translation>最快的可用设备</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>NVIDIA graphics (CUDA)</source>
        <translation>NVIDIA 显卡 (CUDA)</translation>
    </message>
    <message>
        <source>Apple graphics (MPS)</source>
        <translation>Apple 显卡 (MPS)</translation>
    </message>
</context>
<context>
    <name>SetupPage</name>
    <message>
        <source>Name of the model</source>
        <translation>模型的名称</translation>
    </message>
    <message>
        <source>Start from</source>
        <translation>起始模型</translation>
    </message>
    <message>
        <source>Bits of a code</source>
        <translation>编码的位数</translation>
    </message>
    <message>
        <source>Keep what the model kno&amp;ws already</source>
        <translation>保持模型已有的知识(&amp;W)</translation>
    </message>
    <message>
        <source>Kept back for judging</source>
        <translation>保留用于评判</translation>
    </message>
    <message>
        <source>More &amp;settings</source>
        <translation>更多设置(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Teach</source>
        <translation>开始学习(&amp;T)</translation>
    </message>
    <message>
        <source>{name}, {n_bits} bits</source>
        <translation>{name}，{n_bits} 位</translation>
    </message>
    <message>
        <source>{model} (in use)</source>
        <translation>{model}（使用中）</translation>
    </message>
    <message>
        <source>about {time}, {memory} GB of memory</source>
        <translation>大约 {time}，内存 {memory} GB</translation>
    </message>
    <message>
        <source>{size} GB on the disk</source>
        <translation>磁盘 {size} GB</translation>
    </message>
    <message>
        <source>from a sample of {count} photos a kind</source>
        <translation>每类抽取 {count} 张照片</translation>
    </message>
    <message>
        <source>Na&amp;me</source>
        <translation>名称(&amp;M)</translation>
    </message>
    <message>
        <source>The model it starts from teaches beside your labels, on other photos of the library, so that new kinds do not cost the old ones.</source>
        <translation>起始模型会在图库的其他照片上与你的标签一同教学，使新类别不以旧知识为代价。</translation>
    </message>
    <message>
        <source>Start &amp;from</source>
        <translation>起始模型(&amp;F)</translation>
    </message>
    <message>
        <source>B&amp;its</source>
        <translation>位数(&amp;I)</translation>
    </message>
    <message>
        <source>Kept bac&amp;k</source>
        <translation>保留(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Quick</source>
        <translation>快速(&amp;Q)</translation>
    </message>
    <message>
        <source>Sees as before, and learns which differences count. Some minutes.</source>
        <translation>看法不变，只学习哪些差异重要。几分钟。</translation>
    </message>
    <message>
        <source>Stan&amp;dard</source>
        <translation>标准(&amp;D)</translation>
    </message>
    <message>
        <source>Also learns to see finer, in the last stages of the network.</source>
        <translation>还在网络的最后几级学习看得更细。</translation>
    </message>
    <message>
        <source>Thoroug&amp;h</source>
        <translation>深入(&amp;H)</translation>
    </message>
    <message>
        <source>The whole network learns: for subjects unlike birds and cars. Hours.</source>
        <translation>整个网络都学习：适合不同于鸟和车的题材。数小时。</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>程度</translation>
    </message>
    <message>
        <source>Fewer &amp;settings</source>
        <translation>更少设置(&amp;S)</translation>
    </message>
    <message>
        <source>As many as the model it starts from</source>
        <translation>与起始模型相同</translation>
    </message>
    <message>
        <source>{n_bits} bits</source>
        <translation>{n_bits} 位</translation>
    </message>
    <message>
        <source>Named bits stay what they are where they stay true.</source>
        <translation>已命名的位在仍然成立时保持不变。</translation>
    </message>
    <message>
        <source>4 bytes a photo: fast for millions, coarse between kinds that are alike.</source>
        <translation>每张照片 4 字节：适合数百万张，但相似类别间较粗略。</translation>
    </message>
    <message>
        <source>8 bytes a photo: enough for some dozens of kinds.</source>
        <translation>每张照片 8 字节：足够几十个类别。</translation>
    </message>
    <message>
        <source>16 bytes a photo: for a hundred kinds and more.</source>
        <translation>每张照片 16 字节：适合上百个类别。</translation>
    </message>
    <message>
        <source>32 bytes a photo: the finest order, twice the time of 128 to compare.</source>
        <translation>每张照片 32 字节：排序最细，比较时间是 128 位的两倍。</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Find photos similar to the chosen one</source>
        <translation>查找与所选照片相似的照片</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>回车</translation>
    </message>
    <message>
        <source>On a field mark: require, ignore, invert</source>
        <translation>在识别特征上：必须、忽略、反转</translation>
    </message>
    <message>
        <source>R, I, V</source>
        <translation>R、I、V</translation>
    </message>
    <message>
        <source>View the chosen photo large</source>
        <translation>放大查看所选照片</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>In the large view: next, fit, actual size, zoom, flip, subject</source>
        <translation>放大查看时：下一张、适合窗口、实际大小、缩放、翻转、主体</translation>
    </message>
    <message>
        <source>Page Down, 0, 1, + and −, F, B</source>
        <translation>Page Down、0、1、+ 和 −、F、B</translation>
    </message>
    <message>
        <source>In the table of bits: require, ignore, invert, list photos</source>
        <translation>在位的表格中：必需、忽略、反转、列出照片</translation>
    </message>
    <message>
        <source>R, I, V, O</source>
        <translation>R、I、V、O</translation>
    </message>
    <message>
        <source>Move among the photos</source>
        <translation>在照片间移动</translation>
    </message>
    <message>
        <source>Arrow keys, Page Up, Page Down</source>
        <translation>方向键、Page Up、Page Down</translation>
    </message>
    <message>
        <source>Choose several photos</source>
        <translation>选择多张照片</translation>
    </message>
    <message>
        <source>Shift or Ctrl with arrows or clicks</source>
        <translation>Shift 或 Ctrl 加方向键或点击</translation>
    </message>
</context>
<context>
    <name>ShownPhotos</name>
    <message>
        <source>Reading your photos</source>
        <translation>正在读取你的照片</translation>
    </message>
    <message>
        <source>No photos here yet</source>
        <translation>这里还没有照片</translation>
    </message>
    <message>
        <source>Looked for JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP and camera RAW in {folders} and below, and found none that could be read.</source>
        <translation>已在 {folders} 及其下查找 JPEG、PNG、WebP、HEIC、AVIF、TIFF、GIF、BMP 和相机 RAW，没有找到可以读取的图片。</translation>
    </message>
    <message>
        <source>{photos} so far; the others follow, and you can search already</source>
        <translation>目前 {photos}；其余的会陆续出现，现在就可以搜索</translation>
    </message>
    <message>
        <source>Add another folder…</source>
        <translation>添加其他文件夹…</translation>
    </message>
    <message>
        <source>They appear here as they are read; from the first one on you can search.</source>
        <translation>照片读取后就会出现在这里；从第一张起就可以搜索。</translation>
    </message>
    <message>
        <source>{photos}, the surest first</source>
        <translation>{photos}，最确定的在前</translation>
    </message>
</context>
<context>
    <name>SidecarDialog</name>
    <message>
        <source>XMP sidecars</source>
        <translation>XMP 附属文件</translation>
    </message>
    <message>
        <source>Name of the photo&apos;s &amp;folder</source>
        <translation>照片所在文件夹的名称(&amp;F)</translation>
    </message>
    <message>
        <source>heron, lake at dusk</source>
        <translation>苍鹭, 黄昏的湖</translation>
    </message>
    <message>
        <source>&amp;Write</source>
        <translation>写入(&amp;W)</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>The first {shown} of {photos} are shown.</source>
        <translation>仅显示 {photos}中的前 {shown} 张。</translation>
    </message>
    <message>
        <source>{done} of {photos} done</source>
        <translation>已完成 {done} / {photos}</translation>
    </message>
    <message>
        <source>{sidecars} written.</source>
        <translation>已写入{sidecars}。</translation>
    </message>
    <message>
        <source>{sidecars} left alone.</source>
        <translation>{sidecars}未改动。</translation>
    </message>
    <message>
        <source>as it is</source>
        <translation>保持不变</translation>
    </message>
    <message>
        <source>photo.jpg.xmp, for digiKam and darktable</source>
        <translation>photo.jpg.xmp，用于 digiKam 和 darktable</translation>
    </message>
    <message>
        <source>photo.xmp, for Lightroom and other programs of Adobe</source>
        <translation>photo.xmp，用于 Lightroom 等 Adobe 程序</translation>
    </message>
    <message>
        <source>What is written</source>
        <translation>将写入的内容</translation>
    </message>
    <message>
        <source>What the model is &amp;sure of</source>
        <translation>模型有把握的名称(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Rating</source>
        <translation>星级(&amp;R)</translation>
    </message>
    <message>
        <source>Add the &amp;keywords</source>
        <translation>添加关键字(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Name of the files</source>
        <translation>文件命名(&amp;N)</translation>
    </message>
    <message>
        <source>Rating and keywords for other programs, in small files beside the photos. The photos are never changed, and what a sidecar says already stays in it.</source>
        <translation>供其他程序读取的星级和关键字，写在照片旁的小文件里。照片本身绝不会被改动，附属文件中已有的内容会保留。</translation>
    </message>
</context>
<context>
    <name>SidesPane</name>
    <message>
        <source>Photos learned from and kept back, by kind</source>
        <translation>各类别用于学习和保留的照片</translation>
    </message>
    <message>
        <source>Photos of the kind; ticked ones are kept back</source>
        <translation>该类别的照片；勾选的为保留</translation>
    </message>
    <message>
        <source>Di&amp;vide anew</source>
        <translation>重新划分(&amp;V)</translation>
    </message>
    <message>
        <source>Draws anew which photos are kept back</source>
        <translation>重新抽取保留的照片</translation>
    </message>
    <message>
        <source>It is judged by the photos kept back, which it never learns from. Tick one to keep it back.</source>
        <translation>用保留的照片评判，它们从不用于学习。勾选即可保留。</translation>
    </message>
</context>
<context>
    <name>SpeciesDialog</name>
    <message>
        <source>Kinds</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>First</source>
        <translation>最早</translation>
    </message>
    <message>
        <source>Last</source>
        <translation>最近</translation>
    </message>
    <message>
        <source>Kinds of the library</source>
        <translation>图库中的类别</translation>
    </message>
    <message>
        <source>Show its photos</source>
        <translation>显示其照片</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Keyword in sidecars…</source>
        <translation>写为附属文件关键词…</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>另存为 CSV…</translation>
    </message>
    <message>
        <source>No photo has a name yet</source>
        <translation>还没有照片有名称</translation>
    </message>
    <message>
        <source>Accept a suggestion, and it is listed here.</source>
        <translation>接受一个建议后，就会列在这里。</translation>
    </message>
    <message>
        <source>What you said that photos show. It is kept in the library and stays with a photo wherever it goes; the files are never changed.</source>
        <translation>你所说的照片内容。它保存在图库中，随照片移动；文件从不改动。</translation>
    </message>
    <message>
        <source>{count} kinds of the library</source>
        <translation>图库中的 {count} 个类别</translation>
    </message>
    <message>
        <source>Rename a kind</source>
        <translation>重命名类别</translation>
    </message>
    <message>
        <source>Its name for all its photos</source>
        <translation>其全部照片的名称</translation>
    </message>
    <message>
        <source>Save the list of kinds</source>
        <translation>保存类别列表</translation>
    </message>
    <message>
        <source>Tables ({patterns})</source>
        <translation>表格 ({patterns})</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>{photos}  ·  {waiting} waiting</source>
        <translation>{photos}  ·  {waiting} 张待处理</translation>
    </message>
    <message>
        <source>{photos} missing</source>
        <translation>缺失 {photos}</translation>
    </message>
    <message>
        <source>{photos} missing for long: keep or forget?</source>
        <translation>{photos} 已长期缺失：保留还是移除？</translation>
    </message>
    <message>
        <source>Model {name}</source>
        <translation>模型 {name}</translation>
    </message>
    <message>
        <source>{n_bits} bits a photo</source>
        <translation>每张照片 {n_bits} 位</translation>
    </message>
</context>
<context>
    <name>SuccessorOffer</name>
    <message>
        <source>“{successor}” takes its place: it reads {photos} again in the background, and until it is done the old codes serve.</source>
        <translation>“{successor}”将取而代之：它会在后台重新读取 {photos}，完成之前仍使用旧的编码。</translation>
    </message>
    <message>
        <source>The model “{name}” no longer comes with the program</source>
        <translation>模型“{name}”已不再随程序提供</translation>
    </message>
    <message>
        <source>All photos are here and can be searched by the codes that they have. New photos wait, and pictures from elsewhere cannot be searched by, until you change to another model.</source>
        <translation>所有照片都在，并可用已有的编码搜索。在你更换模型之前，新照片需要等待，也不能用图库以外的图片搜索。</translation>
    </message>
    <message>
        <source>&amp;Later</source>
        <translation>稍后(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Change the model</source>
        <translation>更换模型(&amp;C)</translation>
    </message>
    <message>
        <source>It takes about {duration} on this machine.</source>
        <translation>在这台电脑上大约需要 {duration}。</translation>
    </message>
</context>
<context>
    <name>TeachingRoom</name>
    <message>
        <source>The lesson “{name}” is over.</source>
        <translation>课程“{name}”已结束。</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Open picture…</source>
        <translation>打开图片…</translation>
    </message>
    <message>
        <source>Find photos that look like a picture file; or drop one anywhere</source>
        <translation>查找与图片文件相像的照片；也可以把图片拖放到任意处</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Find photos that look like the copied picture</source>
        <translation>查找与复制的图片相似的照片</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Have the photos of another folder searched, too</source>
        <translation>让另一个文件夹的照片也可以搜索</translation>
    </message>
    <message>
        <source>Size of the photos</source>
        <translation>照片大小</translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message>
        <source>Progress of the lesson</source>
        <translation>课程进度</translation>
    </message>
    <message>
        <source>Photos kept back found (mAP)</source>
        <translation>保留照片的查找效果（mAP）</translation>
    </message>
    <message>
        <source>Losses</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>What four of your photos find by now</source>
        <translation>你的四张照片目前找到的结果</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Stop and &amp;keep the best</source>
        <translation>停止并保留最好的(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Minimise</source>
        <translation>最小化(&amp;M)</translation>
    </message>
    <message>
        <source>It goes on; you are told when it is over</source>
        <translation>学习会继续；结束时会通知你</translation>
    </message>
    <message>
        <source>&amp;Go on with it</source>
        <translation>继续(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Judge</source>
        <translation>评判(&amp;J)</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>正在开始</translation>
    </message>
    <message>
        <source>the model it starts from</source>
        <translation>起始模型</translation>
    </message>
    <message>
        <source>now</source>
        <translation>目前</translation>
    </message>
    <message>
        <source>Ending with the best so far</source>
        <translation>正以目前最好的结果结束</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>继续(&amp;R)</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>What was learned is kept.</source>
        <translation>学到的内容已保留。</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>What was learned is kept: it can go on from there.</source>
        <translation>学到的内容已保留：可以从那里继续。</translation>
    </message>
    <message>
        <source>It has learned</source>
        <translation>学习完成</translation>
    </message>
</context>
<context>
    <name>TrashCommands</name>
    <message>
        <source>{photos} moved to the trash</source>
        <translation>已将{photos}移到回收站</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>This file could not be moved to the trash</source>
        <translation>无法将此文件移到回收站</translation>
    </message>
    <message>
        <source>Check whether its folder may be written to</source>
        <translation>请检查其文件夹是否可写</translation>
    </message>
    <message>
        <source>{photos} put back</source>
        <translation>已放回{photos}</translation>
    </message>
    <message>
        <source>A file could not be put back from the trash</source>
        <translation>无法从回收站放回一个文件</translation>
    </message>
    <message>
        <source>Make way for it and undo once more, or use the system&apos;s trash</source>
        <translation>请为它腾出位置后再次撤销，或使用系统的回收站</translation>
    </message>
</context>
<context>
    <name>TrashDialog</name>
    <message>
        <source>Move to the trash</source>
        <translation>移到回收站</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Move {photos} to the trash?</source>
        <translation>将 {photos}移到回收站？</translation>
    </message>
    <message>
        <source>This photo has no thumbnail yet.</source>
        <translation>这张照片还没有缩略图。</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>以及另外 {n} 张</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>&amp;Open</source>
        <translation>打开(&amp;O)</translation>
    </message>
</context>
<context>
    <name>Viewer</name>
    <message>
        <source>Find similar</source>
        <translation>查找相似照片</translation>
    </message>
    <message>
        <source>Previous photo</source>
        <translation>上一张照片</translation>
    </message>
    <message>
        <source>Next photo</source>
        <translation>下一张照片</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>并排</translation>
    </message>
    <message>
        <source>In turn, at the same place</source>
        <translation>在同一位置轮换</translation>
    </message>
    <message>
        <source>Flip to the other photo</source>
        <translation>切换到另一张照片</translation>
    </message>
    <message>
        <source>Zoom and move both together</source>
        <translation>同步缩放和移动</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适应窗口</translation>
    </message>
    <message>
        <source>Actual size</source>
        <translation>实际大小</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>缩小</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Correct where the subject is…</source>
        <translation>更正主体的位置…</translation>
    </message>
    <message>
        <source>What is known of the photo</source>
        <translation>照片信息</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Flip</source>
        <translation>切换</translation>
    </message>
    <message>
        <source>100 %</source>
        <translation>100%</translation>
    </message>
</context>
<context>
    <name>WindowActions</name>
    <message>
        <source>Add &amp;folder…</source>
        <translation>添加文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Open picture…</source>
        <translation>打开图片(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Paste picture</source>
        <translation>粘贴图片(&amp;P)</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>设置(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Commands…</source>
        <translation>命令(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Find similar</source>
        <translation>查找相似(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;View large</source>
        <translation>放大查看(&amp;V)</translation>
    </message>
    <message>
        <source>Add as &amp;example</source>
        <translation>添加为示例(&amp;E)</translation>
    </message>
    <message>
        <source>Add as &amp;counter-example</source>
        <translation>添加为反例(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Show in folder</source>
        <translation>在文件夹中显示(&amp;S)</translation>
    </message>
    <message>
        <source>Copy pa&amp;th</source>
        <translation>复制路径(&amp;T)</translation>
    </message>
    <message>
        <source>Filte&amp;rs</source>
        <translation>筛选(&amp;R)</translation>
    </message>
    <message>
        <source>Bi&amp;ts</source>
        <translation>位(&amp;T)</translation>
    </message>
    <message>
        <source>P&amp;ause updates</source>
        <translation>暂停更新(&amp;A)</translation>
    </message>
    <message>
        <source>Wait while on batter&amp;y</source>
        <translation>使用电池时等待(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;Models</source>
        <translation>模型(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Teach it your kinds…</source>
        <translation>教它认识你的类别(&amp;T)…</translation>
    </message>
    <message>
        <source>teach train learn lesson species kinds fine-tune</source>
        <translation>教 训练 学习 课程 物种 类别 微调 teach train learn species</translation>
    </message>
    <message>
        <source>Name the &amp;rest</source>
        <translation>为其余照片命名(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Kinds…</source>
        <translation>类别(&amp;K)…</translation>
    </message>
    <message>
        <source>name label species kinds suggest review</source>
        <translation>命名 标签 物种 类别 建议 审阅 name label species</translation>
    </message>
    <message>
        <source>R&amp;ecent searches</source>
        <translation>最近的搜索(&amp;E)</translation>
    </message>
    <message>
        <source>T&amp;heme</source>
        <translation>主题(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Back to the library</source>
        <translation>返回图库(&amp;B)</translation>
    </message>
    <message>
        <source>Find by &amp;words</source>
        <translation>用词语查找(&amp;W)</translation>
    </message>
    <message>
        <source>Open in another &amp;program</source>
        <translation>用其他程序打开(&amp;P)</translation>
    </message>
    <message>
        <source>Copy f&amp;iles</source>
        <translation>复制文件(&amp;I)</translation>
    </message>
    <message>
        <source>Copy to a f&amp;older…</source>
        <translation>复制到文件夹(&amp;O)…</translation>
    </message>
    <message>
        <source>Favou&amp;rite</source>
        <translation>收藏(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;XMP sidecars…</source>
        <translation>XMP 附属文件(&amp;X)…</translation>
    </message>
    <message>
        <source>&amp;Move to the trash…</source>
        <translation>移到回收站(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Undo moving to the trash</source>
        <translation>撤销移到回收站(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Previous search</source>
        <translation>上一次搜索(&amp;P)</translation>
    </message>
    <message>
        <source>Ne&amp;xt search</source>
        <translation>下一次搜索(&amp;X)</translation>
    </message>
    <message>
        <source>&amp;Larger photos</source>
        <translation>放大照片(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Smaller photos</source>
        <translation>缩小照片(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Cut photos to fill their tiles</source>
        <translation>裁剪照片以填满方格(&amp;C)</translation>
    </message>
    <message>
        <source>N&amp;ames below the photos</source>
        <translation>在照片下显示名称(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Newest photos first</source>
        <translation>最新的照片在前(&amp;N)</translation>
    </message>
    <message>
        <source>Wa&amp;ys into the library</source>
        <translation>进入图库的途径(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;Inspector</source>
        <translation>检查器(&amp;I)</translation>
    </message>
    <message>
        <source>Bits in the inspect&amp;or</source>
        <translation>检查器中的位(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Map</source>
        <translation>地图(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Update now</source>
        <translation>立即更新(&amp;U)</translation>
    </message>
    <message>
        <source>Follow &amp;changes of folders</source>
        <translation>跟踪文件夹的更改(&amp;C)</translation>
    </message>
    <message>
        <source>Wait while other programs are &amp;busy</source>
        <translation>其他程序繁忙时等待(&amp;B)</translation>
    </message>
    <message>
        <source>Read the &amp;newest photos first</source>
        <translation>先读取最新的照片(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Problems…</source>
        <translation>问题(&amp;P)…</translation>
    </message>
    <message>
        <source>Missin&amp;g photos…</source>
        <translation>缺失的照片(&amp;G)…</translation>
    </message>
    <message>
        <source>&amp;Folders…</source>
        <translation>文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Guide</source>
        <translation>使用指南(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;About Ahash Desktop</source>
        <translation>关于 Ahash Desktop(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Photo</source>
        <translation>照片(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Library</source>
        <translation>图库(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;As the system</source>
        <translation>跟随系统(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
</context>
<context>
    <name>WindowLayout</name>
    <message>
        <source>Inspector</source>
        <translation>检查器</translation>
    </message>
</context>
<context>
    <name>Wizard</name>
    <message>
        <source>Choose photos</source>
        <translation>选择照片</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Set up</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Teach</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>Judge</source>
        <translation>评判</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>&amp;Back to the library</source>
        <translation>返回图库(&amp;B)</translation>
    </message>
    <message>
        <source>Pre&amp;vious</source>
        <translation>上一步(&amp;V)</translation>
    </message>
</context>
<context>
    <name>WizardPage</name>
    <message>
        <source>&amp;Next</source>
        <translation>下一步(&amp;N)</translation>
    </message>
</context>
<context>
    <name>WordsBar</name>
    <message>
        <source>Find by words: yellow breast, not red crown…</source>
        <translation>用词语查找：黄色的胸部，没有红色的头顶…</translation>
    </message>
    <message>
        <source>Find by words</source>
        <translation>用词语查找</translation>
    </message>
    <message>
        <source>Field marks and kinds with commas between them, “not” before what must lack</source>
        <translation>辨识特征和种类，以逗号分隔；不应有的前面加“没有”</translation>
    </message>
    <message>
        <source>Words that can be asked for</source>
        <translation>可以查找的词语</translation>
    </message>
</context>
<context>
    <name>_Legend</name>
    <message>
        <source>Legend: blue with a minus speaks against the bit, orange with a plus for it</source>
        <translation>图例：蓝色减号表示不支持此位，橙色加号表示支持</translation>
    </message>
    <message>
        <source>– against</source>
        <translation>– 不支持</translation>
    </message>
    <message>
        <source>+ for</source>
        <translation>+ 支持</translation>
    </message>
</context>
<context>
    <name>adopt</name>
    <message>
        <source>Use what it learned</source>
        <translation>使用学到的内容</translation>
    </message>
</context>
<context>
    <name>bits</name>
    <message>
        <source>Bit</source>
        <translation>位</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>On</source>
        <translation>开</translation>
    </message>
    <message>
        <source>Goes with</source>
        <translation>相关位</translation>
    </message>
    <message>
        <source>Share of the photos that have it on</source>
        <translation>此位为开的照片所占比例</translation>
    </message>
    <message>
        <source>The bit that changes with it most, and the correlation of the two</source>
        <translation>与它变化最一致的位，以及两者的相关性</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent}%</translation>
    </message>
    <message>
        <source>Query</source>
        <translation>查询</translation>
    </message>
    <message>
        <source>Activation</source>
        <translation>激活值</translation>
    </message>
    <message>
        <source>Match</source>
        <translation>匹配</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>unclear</source>
        <translation>不明确</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>agree</source>
        <translation>一致</translation>
    </message>
    <message>
        <source>differ</source>
        <translation>不同</translation>
    </message>
    <message>
        <source>{n} of {all} bits agree</source>
        <translation>{all} 位中有 {n} 位一致</translation>
    </message>
    <message>
        <source>{n} of {all} bits are on, {unclear} are unclear</source>
        <translation>{all} 位中有 {n} 位为开，{unclear} 位不明确</translation>
    </message>
    <message>
        <source>required</source>
        <translation>必需</translation>
    </message>
    <message>
        <source>ignored</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>inverted</source>
        <translation>反转</translation>
    </message>
</context>
<context>
    <name>check</name>
    <message>
        <source>Is anything the matter with them?</source>
        <translation>照片有问题吗？</translation>
    </message>
</context>
<context>
    <name>choose</name>
    <message>
        <source>What shall it learn?</source>
        <translation>要学习什么？</translation>
    </message>
</context>
<context>
    <name>dates</name>
    <message>
        <source>{month} {year}</source>
        <translation>{year}年{month}</translation>
    </message>
</context>
<context>
    <name>facts</name>
    <message>
        <source>{width} × {height} pixels</source>
        <translation>{width} × {height} 像素</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>拍摄时间</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>相机</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
</context>
<context>
    <name>findings</name>
    <message>
        <source>Unreadable</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>No photos</source>
        <translation>没有照片</translation>
    </message>
    <message>
        <source>One photo only</source>
        <translation>只有一张照片</translation>
    </message>
    <message>
        <source>Few photos</source>
        <translation>照片很少</translation>
    </message>
    <message>
        <source>Unequal</source>
        <translation>数量悬殊</translation>
    </message>
    <message>
        <source>In two kinds</source>
        <translation>同属两类</translation>
    </message>
    <message>
        <source>Nearly the same</source>
        <translation>几乎相同</translation>
    </message>
    <message>
        <source>Perhaps another kind</source>
        <translation>可能是别的类别</translation>
    </message>
    <message>
        <source>Tiny</source>
        <translation>太小</translation>
    </message>
    <message>
        <source>Blurred</source>
        <translation>模糊</translation>
    </message>
    <message>
        <source>Noticed</source>
        <translation>注意</translation>
    </message>
</context>
<context>
    <name>folders</name>
    <message>
        <source>{folder}  (cannot be reached now)</source>
        <translation>{folder}（目前无法访问）</translation>
    </message>
    <message>
        <source>{folder}  (found again, was {before})</source>
        <translation>{folder}  （重新找到，原在 {before}）</translation>
    </message>
</context>
<context>
    <name>help</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>inspection</name>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Query</source>
        <translation>查询</translation>
    </message>
    <message>
        <source>Match</source>
        <translation>匹配</translation>
    </message>
    <message>
        <source>First</source>
        <translation>第一张</translation>
    </message>
    <message>
        <source>Second</source>
        <translation>第二张</translation>
    </message>
</context>
<context>
    <name>inspector</name>
    <message>
        <source>In this photo: {query}</source>
        <translation>在这张照片中：{query}</translation>
    </message>
    <message>
        <source>In the query: {query}. In the match: {match}.</source>
        <translation>在查询图片中：{query}。在匹配照片中：{match}。</translation>
    </message>
</context>
<context>
    <name>instance</name>
    <message>
        <source>Later starts cannot be noticed: another user may use this folder</source>
        <translation>无法察觉之后的启动：另一用户可能使用此文件夹</translation>
    </message>
    <message>
        <source>The program works all the same. Remove this folder, or have it removed</source>
        <translation>程序仍可照常使用。请删除此文件夹，或请人删除</translation>
    </message>
    <message>
        <source>Another user listens where later starts are noticed</source>
        <translation>另一用户正在本程序察觉再次启动之处监听</translation>
    </message>
    <message>
        <source>Nothing was told to that user. Have that program ended</source>
        <translation>没有向该用户透露任何内容。请让该程序结束</translation>
    </message>
</context>
<context>
    <name>judge</name>
    <message>
        <source>Did it get better?</source>
        <translation>变好了吗？</translation>
    </message>
    <message>
        <source>As searches show it (mAP)</source>
        <translation>按搜索显示的顺序（mAP）</translation>
    </message>
    <message>
        <source>By codes (mAP, 95 % interval)</source>
        <translation>按编码（mAP，95% 区间）</translation>
    </message>
    <message>
        <source>Right among the first ten</source>
        <translation>前十张中正确的</translation>
    </message>
    <message>
        <source>There were no other photos to look at.</source>
        <translation>没有其他照片可供查看。</translation>
    </message>
    <message>
        <source>Of the ten nearest photos, {share} are the same as before.</source>
        <translation>最相近的十张照片中，{share} 与之前相同。</translation>
    </message>
    <message>
        <source>{count} kinds it was not taught now: {before} before, {after} after (mAP).</source>
        <translation>这次未教的 {count} 个类别：之前 {before}，之后 {after}（mAP）。</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>Gained</source>
        <translation>提高</translation>
    </message>
    <message>
        <source>Asked with</source>
        <translation>查询</translation>
    </message>
    <message>
        <source>bit {number} on</source>
        <translation>第 {number} 位为开</translation>
    </message>
    <message>
        <source>bit {number} off</source>
        <translation>第 {number} 位为关</translation>
    </message>
</context>
<context>
    <name>kinds</name>
    <message>
        <source>{learning} to learn from, {kept} kept back</source>
        <translation>{learning} 张用于学习，{kept} 张保留</translation>
    </message>
    <message>
        <source>too few to keep any back</source>
        <translation>太少，无法保留</translation>
    </message>
    <message>
        <source>Name of the kind</source>
        <translation>类别的名称</translation>
    </message>
</context>
<context>
    <name>labels</name>
    <message>
        <source>{photos} named {name}</source>
        <translation>{photos} 命名为 {name}</translation>
    </message>
    <message>
        <source>Name taken from {photos}</source>
        <translation>已移除 {photos} 的名称</translation>
    </message>
    <message>
        <source>{name} refused for {photos}</source>
        <translation>{photos} 不是 {name}</translation>
    </message>
    <message>
        <source>{photos} renamed to {name}</source>
        <translation>{photos} 改名为 {name}</translation>
    </message>
    <message>
        <source>Taken back: {what}</source>
        <translation>已撤回：{what}</translation>
    </message>
</context>
<context>
    <name>list</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
</context>
<context>
    <name>missing</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>It lay in</source>
        <translation>原所在文件夹</translation>
    </message>
    <message>
        <source>Missing since</source>
        <translation>缺失自</translation>
    </message>
</context>
<context>
    <name>models</name>
    <message>
        <source>It needs its base weights before it can be used.</source>
        <translation>使用前需要其基础权重。</translation>
    </message>
    <message>
        <source>Knows {kinds} kinds from {photos}: {whence}.</source>
        <translation>认识 {kinds} 个类别，来自 {photos}：{whence}。</translation>
    </message>
    <message>
        <source>Trained on {whence}.</source>
        <translation>训练数据：{whence}。</translation>
    </message>
    <message>
        <source>Weak at {kinds}.</source>
        <translation>不擅长：{kinds}。</translation>
    </message>
    <message>
        <source>your own photos</source>
        <translation>你自己的照片</translation>
    </message>
    <message>
        <source>Quality (mAP): {measured}.</source>
        <translation>质量（mAP）：{measured}。</translation>
    </message>
    <message>
        <source>{count} of {all} bits have a name: {names}</source>
        <translation>{all} 位中有 {count} 位有名称：{names}</translation>
    </message>
    <message>
        <source>{n_bits} bits, {size} MB, {origin}, made {day}</source>
        <translation>{n_bits} 位，{size} MB，{origin}，创建于 {day}</translation>
    </message>
    <message>
        <source>comes with the program</source>
        <translation>随程序提供</translation>
    </message>
    <message>
        <source>your own</source>
        <translation>你自己的</translation>
    </message>
    <message>
        <source>Knows birds of most kinds, and 118 models of cars.</source>
        <translation>认识大多数种类的鸟，以及 118 种车型。</translation>
    </message>
    <message>
        <source>Says of a bird what it has and has not: red crown, solid belly …</source>
        <translation>会说出一只鸟有什么、没有什么：红色头顶、纯色腹部……</translation>
    </message>
    <message>
        <source>Is bad at cars that it was not taught, and says little of any car.</source>
        <translation>不擅长没有学过的汽车，对任何汽车都说得不多。</translation>
    </message>
    <message>
        <source>Knows birds best: it looks through a network taught 964 kinds.</source>
        <translation>最懂鸟：它借助一个学过 964 种鸟的网络来看。</translation>
    </message>
    <message>
        <source>Is bad at all else: cars, flowers, pets and people.</source>
        <translation>不擅长其他一切：汽车、花、宠物和人。</translation>
    </message>
    <message>
        <source>Knows no kinds: it puts photos that look alike near each other.</source>
        <translation>不认识任何种类：它把看起来相像的照片放在一起。</translation>
    </message>
    <message>
        <source>Says nothing of a photo in words, nor how close a match is.</source>
        <translation>不用文字描述照片，也不说匹配有多接近。</translation>
    </message>
    <message>
        <source>Is bad at telling kinds of birds and models of cars apart.</source>
        <translation>不擅长区分鸟的种类和汽车的型号。</translation>
    </message>
</context>
<context>
    <name>photos</name>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>{heading}, {photos}: {photo}</source>
        <translation>{heading}，{photos}：{photo}</translation>
    </message>
    <message>
        <source>{photo} – its drive is not connected</source>
        <translation>{photo}（所在驱动器未连接）</translation>
    </message>
    <message>
        <source>similarity {score}</source>
        <translation>相似度 {score}</translation>
    </message>
    <message>
        <source>{more} alike</source>
        <translation>另有 {more} 张相似</translation>
    </message>
    <message>
        <source>{caption}, {more}</source>
        <translation>{caption}，{more}</translation>
    </message>
    <message>
        <source>your example</source>
        <translation>你的示例</translation>
    </message>
    <message>
        <source>No date</source>
        <translation>无日期</translation>
    </message>
</context>
<context>
    <name>problems</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
</context>
<context>
    <name>queries</name>
    <message>
        <source>right</source>
        <translation>正确</translation>
    </message>
    <message>
        <source>wrong</source>
        <translation>错误</translation>
    </message>
</context>
<context>
    <name>query</name>
    <message>
        <source>Pasted picture</source>
        <translation>粘贴的图片</translation>
    </message>
    <message>
        <source>Only a web address arrived, and this program stays offline</source>
        <translation>只收到网址，而本程序不联网</translation>
    </message>
    <message>
        <source>Copy the picture itself in the browser and paste it here</source>
        <translation>请在浏览器中复制图片本身，再粘贴到这里</translation>
    </message>
    <message>
        <source>There is no picture in what was pasted or dropped</source>
        <translation>粘贴或拖入的内容中没有图片</translation>
    </message>
    <message>
        <source>Copy a picture or a picture file and try again</source>
        <translation>请复制图片或图片文件后重试</translation>
    </message>
    <message>
        <source>Search just the bird</source>
        <translation>只搜这只鸟</translation>
    </message>
    <message>
        <source>Search just the car</source>
        <translation>只搜这辆车</translation>
    </message>
    <message>
        <source>Search just the subject</source>
        <translation>只搜主体</translation>
    </message>
</context>
<context>
    <name>rail</name>
    <message>
        <source>{way}, {photos}</source>
        <translation>{way}，{photos}</translation>
    </message>
    <message>
        <source>All photos</source>
        <translation>所有照片</translation>
    </message>
    <message>
        <source>Favourites</source>
        <translation>收藏</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Dates</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Kinds</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>Cameras</source>
        <translation>相机</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>Recent searches</source>
        <translation>最近的搜索</translation>
    </message>
    <message>
        <source>{folder} (not connected)</source>
        <translation>{folder}（未连接）</translation>
    </message>
    <message>
        <source>{folder}: its drive is not connected</source>
        <translation>{folder}：所在磁盘未连接</translation>
    </message>
    <message>
        <source>Not named yet</source>
        <translation>尚未命名</translation>
    </message>
    <message>
        <source>Not known</source>
        <translation>未知</translation>
    </message>
</context>
<context>
    <name>reasons</name>
    <message>
        <source>No bit says the same of both.</source>
        <translation>没有一位对两者的判断相同。</translation>
    </message>
    <message>
        <source>Both have {names}; neither has {others}.</source>
        <translation>两者都有{names}；都没有{others}。</translation>
    </message>
    <message>
        <source>Both have {names}.</source>
        <translation>两者都有{names}。</translation>
    </message>
    <message>
        <source>Neither has {names}.</source>
        <translation>两者都没有{names}。</translation>
    </message>
    <message>
        <source>They agree most surely in {bits}, which have no names yet.</source>
        <translation>它们在{bits}上最为一致，这些位还没有名称。</translation>
    </message>
    <message>
        <source>Nothing: every bit says the same of both.</source>
        <translation>没有区别：每一位对两者的判断都相同。</translation>
    </message>
    <message>
        <source>Only the first has {names}; only the second has {others}.</source>
        <translation>只有第一张有{names}；只有第二张有{others}。</translation>
    </message>
    <message>
        <source>Only the first has {names}.</source>
        <translation>只有第一张有{names}。</translation>
    </message>
    <message>
        <source>Only the second has {names}.</source>
        <translation>只有第二张有{names}。</translation>
    </message>
    <message>
        <source>They differ most in {bits}, which have no names yet.</source>
        <translation>它们在{bits}上差异最大，这些位还没有名称。</translation>
    </message>
    <message>
        <source>{first} and {last}</source>
        <translation>{first}和{last}</translation>
    </message>
    <message>
        <source>{first} or {last}</source>
        <translation>{first}或{last}</translation>
    </message>
    <message>
        <source>“{name}”</source>
        <translation>“{name}”</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
</context>
<context>
    <name>recent</name>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>{name} and {more} more</source>
        <translation>{name} 和另外 {more} 个</translation>
    </message>
</context>
<context>
    <name>sentences</name>
    <message>
        <source>A model must not contain links</source>
        <translation>模型不得包含链接</translation>
    </message>
    <message>
        <source>A model to go on from has its local branches already</source>
        <translation>作为起点的模型已有局部分支</translation>
    </message>
    <message>
        <source>A part of the model cannot be read ({0})</source>
        <translation>模型的一部分无法读取（{0}）</translation>
    </message>
    <message>
        <source>A part of the model is missing</source>
        <translation>模型缺少一部分</translation>
    </message>
    <message>
        <source>A part of the model is no file</source>
        <translation>模型的一部分不是文件</translation>
    </message>
    <message>
        <source>A part of the model is too large</source>
        <translation>模型的一部分过大</translation>
    </message>
    <message>
        <source>A part of the model is too large ({0})</source>
        <translation>模型的一部分过大（{0}）</translation>
    </message>
    <message>
        <source>A recipe has no part {0} to leave out</source>
        <translation>训练方案没有可去掉的部分 {0}</translation>
    </message>
    <message>
        <source>Add it again to see its photos</source>
        <translation>重新添加即可看到其中的照片</translation>
    </message>
    <message>
        <source>Add it to the table, or train without attributes</source>
        <translation>请把它加入表中，或不用属性表训练</translation>
    </message>
    <message>
        <source>Add its folder again to see it</source>
        <translation>重新添加它所在的文件夹即可看到</translation>
    </message>
    <message>
        <source>Add photos, or check the labels</source>
        <translation>请添加照片，或检查标签</translation>
    </message>
    <message>
        <source>Add photos, or choose fewer bits</source>
        <translation>请添加照片，或减少位数</translation>
    </message>
    <message>
        <source>Allow it to be written, or leave this photo out</source>
        <translation>请允许写入它，或不处理这张照片</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another library folder</source>
        <translation>请允许写入该文件及其文件夹，或另选图库文件夹</translation>
    </message>
    <message>
        <source>Another model is called {0} already</source>
        <translation>已有另一个模型名为 {0}</translation>
    </message>
    <message>
        <source>Another training is writing this model</source>
        <translation>另一个训练正在写入此模型</translation>
    </message>
    <message>
        <source>Ask for the model again, where it came from</source>
        <translation>请向提供者重新索取该模型</translation>
    </message>
    <message>
        <source>Ask for the model under another name</source>
        <translation>请以其他名称索取该模型</translation>
    </message>
    <message>
        <source>Begin this training anew</source>
        <translation>请重新开始这次训练</translation>
    </message>
    <message>
        <source>Bits go from 0 to {0}</source>
        <translation>位的编号为 0 到 {0}</translation>
    </message>
    <message>
        <source>Change to another one first</source>
        <translation>请先改用其他模型</translation>
    </message>
    <message>
        <source>Check that its folder may be written</source>
        <translation>请检查其文件夹是否可写</translation>
    </message>
    <message>
        <source>Check that the disk is there and may be written</source>
        <translation>请检查磁盘是否已连接且可写</translation>
    </message>
    <message>
        <source>Check that the file is there and that the disk has room</source>
        <translation>请检查文件是否存在、磁盘是否有空间</translation>
    </message>
    <message>
        <source>Check that the file may be read</source>
        <translation>请检查该文件是否允许读取</translation>
    </message>
    <message>
        <source>Check that the folder exists and may be read and written</source>
        <translation>请检查文件夹是否存在且可读写</translation>
    </message>
    <message>
        <source>Check that the folder may be read and written</source>
        <translation>请检查文件夹是否可读写</translation>
    </message>
    <message>
        <source>Check the address, the permissions, and that pgvector is installed there</source>
        <translation>请检查地址、权限，以及那里是否已安装 pgvector</translation>
    </message>
    <message>
        <source>Check the classes that were named</source>
        <translation>请检查所指定的类别</translation>
    </message>
    <message>
        <source>Check the disk and its cable, then start the program again</source>
        <translation>请检查磁盘及其连接线，然后重新启动程序</translation>
    </message>
    <message>
        <source>Allow it more in the settings, or use a smaller model</source>
        <translation>请在设置中允许使用更多内存，或换用较小的模型</translation>
    </message>
    <message>
        <source>A model cannot be called {0}</source>
        <translation>模型不能叫作 {0}</translation>
    </message>
    <message>
        <source>A training of this model was begun and is not finished</source>
        <translation>此模型已有一次训练尚未完成</translation>
    </message>
    <message>
        <source>All photos that ask are copies of those in the database</source>
        <translation>所有查询照片都是数据库中照片的副本</translation>
    </message>
    <message>
        <source>All photos would take {0} hours; {1} of each kind teach nearly as much</source>
        <translation>用全部照片要 {0} 小时；每个种类取 {1} 张，效果相差不大</translation>
    </message>
    <message>
        <source>Change to another one, such as {0}</source>
        <translation>请改用其他模型，例如 {0}</translation>
    </message>
    <message>
        <source>Change what was asked for</source>
        <translation>请更改所提的要求</translation>
    </message>
    <message>
        <source>Choose 1 to {0} classes and at least one photo of each</source>
        <translation>请选择 1 到 {0} 个类别，每类至少一张照片</translation>
    </message>
    <message>
        <source>Choose a library folder on a disk of this computer; the photos may stay there</source>
        <translation>请在本机磁盘上选择图库文件夹；照片可以留在原处</translation>
    </message>
    <message>
        <source>Choose a shorter name without a dot before it and without / \ : * ? &quot; &lt; &gt; |</source>
        <translation>请换一个较短的名称，不要以点开头，也不要含有 / \ : * ? &quot; &lt; &gt; |</translation>
    </message>
    <message>
        <source>Choose an existing folder</source>
        <translation>请选择已有的文件夹</translation>
    </message>
    <message>
        <source>Choose another folder or free some space</source>
        <translation>请另选文件夹，或腾出一些空间</translation>
    </message>
    <message>
        <source>Choose another library folder</source>
        <translation>请另选图库文件夹</translation>
    </message>
    <message>
        <source>Choose another library folder, or index a folder of photos</source>
        <translation>请另选图库文件夹，或索引一个照片文件夹</translation>
    </message>
    <message>
        <source>Choose another name</source>
        <translation>请换一个名称</translation>
    </message>
    <message>
        <source>Choose another name, or let it be replaced</source>
        <translation>请另取名称，或允许替换它</translation>
    </message>
    <message>
        <source>Choose another picture</source>
        <translation>请换一张图片</translation>
    </message>
    <message>
        <source>Choose another place, or make room on the disk</source>
        <translation>请另选位置，或在磁盘上腾出空间</translation>
    </message>
    <message>
        <source>Choose the device &apos;auto&apos; or &apos;cpu&apos;</source>
        <translation>请选择设备“auto”或“cpu”</translation>
    </message>
    <message>
        <source>Close all other Ahash programs and see that the folder may be written</source>
        <translation>请关闭所有其他 Ahash 程序，并确认文件夹可写</translation>
    </message>
    <message>
        <source>Close other programs</source>
        <translation>请关闭其他程序</translation>
    </message>
    <message>
        <source>Close other programs if memory is short, then try again</source>
        <translation>如果内存不足，请关闭其他程序后重试</translation>
    </message>
    <message>
        <source>Close other programs, or allow more open files</source>
        <translation>请关闭其他程序，或允许打开更多文件</translation>
    </message>
    <message>
        <source>Close other programs, or choose the device &apos;cpu&apos;</source>
        <translation>请关闭其他程序，或选择设备“cpu”</translation>
    </message>
    <message>
        <source>Close that program, then start this one again</source>
        <translation>请关闭那个程序，然后重新启动本程序</translation>
    </message>
    <message>
        <source>Connect its drive, or update the library</source>
        <translation>请连接其驱动器，或更新图库</translation>
    </message>
    <message>
        <source>Connect to the internet and try again, or use {0}</source>
        <translation>请连接互联网后重试，或使用 {0}</translation>
    </message>
    <message>
        <source>Connection timed out</source>
        <translation>连接超时</translation>
    </message>
    <message>
        <source>Copies of photos that are judged take no part: {0}</source>
        <translation>所评测照片的副本不参与评测：{0}</translation>
    </message>
    <message>
        <source>Copies of what is learned from do not validate: {0}</source>
        <translation>学习所用照片的副本不用于验证：{0}</translation>
    </message>
    <message>
        <source>Copies stay on the side of the photo they copy: {0}</source>
        <translation>副本与原照片留在同一侧：{0}</translation>
    </message>
    <message>
        <source>Details are in the engine&apos;s log</source>
        <translation>详情见引擎日志</translation>
    </message>
    <message>
        <source>Device or resource busy</source>
        <translation>设备或资源正忙</translation>
    </message>
    <message>
        <source>Disk quota exceeded</source>
        <translation>超出磁盘配额</translation>
    </message>
    <message>
        <source>Do not use it; choose another library folder</source>
        <translation>请勿使用它；另选图库文件夹</translation>
    </message>
    <message>
        <source>Export it again, where it came from</source>
        <translation>请在来源处重新导出</translation>
    </message>
    <message>
        <source>Export the library again, where it came from</source>
        <translation>请在来源处重新导出图库</translation>
    </message>
    <message>
        <source>File exists</source>
        <translation>文件已存在</translation>
    </message>
    <message>
        <source>File name too long</source>
        <translation>文件名过长</translation>
    </message>
    <message>
        <source>Folders beside the splits are left out: {0}</source>
        <translation>划分文件夹旁边的文件夹不使用：{0}</translation>
    </message>
    <message>
        <source>Free some space and see that the folder may be written</source>
        <translation>请腾出一些空间，并确认文件夹可写</translation>
    </message>
    <message>
        <source>Free some space and try again; everything finished so far is kept</source>
        <translation>请腾出一些空间后重试；已完成的部分都会保留</translation>
    </message>
    <message>
        <source>Get the model again, or choose another one</source>
        <translation>请重新获取该模型，或另选一个</translation>
    </message>
    <message>
        <source>Give a folder, or a CSV</source>
        <translation>请提供文件夹或 CSV</translation>
    </message>
    <message>
        <source>Go on with it, or let it be replaced</source>
        <translation>请继续那次训练，或允许替换它</translation>
    </message>
    <message>
        <source>Have the program that wrote it make the first sidecar</source>
        <translation>请用写入它的程序建立第一个附属文件</translation>
    </message>
    <message>
        <source>Host is down</source>
        <translation>主机已关闭</translation>
    </message>
    <message>
        <source>Input/output error</source>
        <translation>输入/输出错误</translation>
    </message>
    <message>
        <source>Install it with: pip install &quot;ahash-desktop[parquet]&quot;, or choose .csv</source>
        <translation>请用 pip install &quot;ahash-desktop[parquet]&quot; 安装，或选择 .csv</translation>
    </message>
    <message>
        <source>Install it with: pip install &quot;ahash-desktop[pgvector]&quot;</source>
        <translation>请用 pip install &quot;ahash-desktop[pgvector]&quot; 安装</translation>
    </message>
    <message>
        <source>Install the program anew, or choose another model</source>
        <translation>请重新安装程序，或另选一个模型</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>是一个文件夹</translation>
    </message>
    <message>
        <source>Its folders: {0}</source>
        <translation>它的文件夹：{0}</translation>
    </message>
    <message>
        <source>Judge a model on photos that it has not learned from</source>
        <translation>请用模型没有学习过的照片评测</translation>
    </message>
    <message>
        <source>Leave fewer classes out</source>
        <translation>请少排除一些类别</translation>
    </message>
    <message>
        <source>Let the name end in .parquet or .csv</source>
        <translation>名称须以 .parquet 或 .csv 结尾</translation>
    </message>
    <message>
        <source>Look at its log, named here, then try again</source>
        <translation>请查看此处所列的日志，然后重试</translation>
    </message>
    <message>
        <source>Look at the engine&apos;s log, named here, then try again</source>
        <translation>请查看此处所示的引擎日志，然后重试</translation>
    </message>
    <message>
        <source>Make room on the disk and try again</source>
        <translation>请在磁盘上腾出空间后重试</translation>
    </message>
    <message>
        <source>Make room on the disk, and see that the folder may be written</source>
        <translation>请腾出磁盘空间，并确认该文件夹可以写入</translation>
    </message>
    <message>
        <source>Mark photos as &apos;train&apos; and as &apos;test&apos; or &apos;val&apos;, or leave the splits out</source>
        <translation>请把照片标为“train”以及“test”或“val”，或不作划分</translation>
    </message>
    <message>
        <source>Mark photos in the column &apos;split&apos; as &apos;train&apos;, &apos;val&apos; or &apos;test&apos;</source>
        <translation>请在“split”列中把照片标为“train”“val”或“test”</translation>
    </message>
    <message>
        <source>Mend it with the program that wrote it, or move it away</source>
        <translation>请用写入它的程序修复，或将其移走</translation>
    </message>
    <message>
        <source>Move the file to another place and index the folders again</source>
        <translation>请将该文件移到别处，然后重新索引文件夹</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>设备上没有剩余空间</translation>
    </message>
    <message>
        <source>No such device</source>
        <translation>没有该设备</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>没有该文件或文件夹</translation>
    </message>
    <message>
        <source>Not a directory</source>
        <translation>不是文件夹</translation>
    </message>
    <message>
        <source>Operation not permitted</source>
        <translation>不允许的操作</translation>
    </message>
    <message>
        <source>Parquet files need the package pyarrow</source>
        <translation>Parquet 文件需要 pyarrow 软件包</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>Photos beside the class folders have no class and are left out: {0}</source>
        <translation>类别文件夹旁边的照片没有类别，不使用：{0}</translation>
    </message>
    <message>
        <source>Photos in two splits stay in the first of train, val and test: {0}</source>
        <translation>属于两个划分的照片只留在 train、val、test 中靠前的一个：{0}</translation>
    </message>
    <message>
        <source>Photos that came since then are read again by the next update. The damaged file, named here, may be deleted</source>
        <translation>此后新增的照片将在下次更新时重新读取。此处所列的损坏文件可以删除</translation>
    </message>
    <message>
        <source>PostgreSQL needs the package psycopg</source>
        <translation>PostgreSQL 需要 psycopg 软件包</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>文件系统只读</translation>
    </message>
    <message>
        <source>Remove that model first</source>
        <translation>请先移除那个模型</translation>
    </message>
    <message>
        <source>Rename it and add it again</source>
        <translation>请重命名后再添加</translation>
    </message>
    <message>
        <source>Rename it, or leave this photo out</source>
        <translation>请重命名它，或不选这张照片</translation>
    </message>
    <message>
        <source>Rows that name a photo again are left out: {0}</source>
        <translation>重复列出照片的行不使用：{0}</translation>
    </message>
    <message>
        <source>See that it may be read</source>
        <translation>请确认它可读</translation>
    </message>
    <message>
        <source>See that its folder may be written and that the disk has room</source>
        <translation>请确认其文件夹可写且磁盘有空间</translation>
    </message>
    <message>
        <source>See that the disk is there and the file may be read, then try again</source>
        <translation>请确认磁盘已连接且文件可以读取，然后重试</translation>
    </message>
    <message>
        <source>See that the disk is there and the folder may be written, and try again</source>
        <translation>请确认磁盘已连接且文件夹可写，然后重试</translation>
    </message>
    <message>
        <source>Shorten it, or have sidecars called photo.xmp</source>
        <translation>请缩短文件名，或让附属文件以 photo.xmp 方式命名</translation>
    </message>
    <message>
        <source>Something that is no model is in the way</source>
        <translation>该位置已有不是模型的内容</translation>
    </message>
    <message>
        <source>Stale file handle</source>
        <translation>文件句柄已失效</translation>
    </message>
    <message>
        <source>Start the computer anew; if that does not help, install the program again</source>
        <translation>请重新启动计算机；若仍无效，请重新安装本程序</translation>
    </message>
    <message>
        <source>The backbone {0} cannot be built ({1})</source>
        <translation>无法构建骨干网络 {0}（{1}）</translation>
    </message>
    <message>
        <source>The backbone {0} has no stages that attention maps could stand between</source>
        <translation>骨干网络 {0} 没有可供注意力图介入的阶段</translation>
    </message>
    <message>
        <source>The base weights of {0} are damaged</source>
        <translation>{0} 的基础权重已损坏</translation>
    </message>
    <message>
        <source>The base weights of {0} cannot be read ({1})</source>
        <translation>无法读取 {0} 的基础权重（{1}）</translation>
    </message>
    <message>
        <source>The class {0} has no photos and is left out</source>
        <translation>类别 {0} 没有照片，不使用</translation>
    </message>
    <message>
        <source>The class {0} has no readable photo to learn from and is left out</source>
        <translation>类别 {0} 没有可供学习的可读照片，不使用</translation>
    </message>
    <message>
        <source>The class {0} has one readable photo only and is left out</source>
        <translation>类别 {0} 只有一张可读照片，不使用</translation>
    </message>
    <message>
        <source>The file contains a link ({0})</source>
        <translation>文件中含有链接（{0}）</translation>
    </message>
    <message>
        <source>The file contains what is no model ({0})</source>
        <translation>文件中含有不属于模型的内容（{0}）</translation>
    </message>
    <message>
        <source>The file does not contain each part of a model once</source>
        <translation>文件并未恰好包含模型的各个部分各一次</translation>
    </message>
    <message>
        <source>The file is damaged or no model</source>
        <translation>文件已损坏或不是模型</translation>
    </message>
    <message>
        <source>The file wants to write elsewhere ({0})</source>
        <translation>文件企图写到别处（{0}）</translation>
    </message>
    <message>
        <source>The folder cannot be read ({0})</source>
        <translation>文件夹无法读取（{0}）</translation>
    </message>
    <message>
        <source>The folder {0} has no photos</source>
        <translation>文件夹 {0} 中没有照片</translation>
    </message>
    <message>
        <source>The folder {0} is left out: it cannot be read ({1})</source>
        <translation>文件夹 {0} 不使用：无法读取（{1}）</translation>
    </message>
    <message>
        <source>The labels are no file</source>
        <translation>标签不是文件</translation>
    </message>
    <message>
        <source>The memory of the device {0} does not do for one picture</source>
        <translation>设备 {0} 的内存不足以处理一张图片</translation>
    </message>
    <message>
        <source>The model cannot be unpacked ({0})</source>
        <translation>模型无法解包（{0}）</translation>
    </message>
    <message>
        <source>The model cannot be written ({0})</source>
        <translation>模型无法写入（{0}）</translation>
    </message>
    <message>
        <source>The model could not be saved ({0})</source>
        <translation>模型将无法保存（{0}）</translation>
    </message>
    <message>
        <source>The model needs other pretrained weights of {0} than are here</source>
        <translation>该模型需要另一版 {0} 的预训练权重，与此处的不同</translation>
    </message>
    <message>
        <source>The model&apos;s weights are damaged</source>
        <translation>模型的权重已损坏</translation>
    </message>
    <message>
        <source>The model&apos;s weights are too few for its backbone {0}</source>
        <translation>该模型的权重对其骨干网络 {0} 来说太少</translation>
    </message>
    <message>
        <source>The model&apos;s weights do not fit its backbone {0} ({1})</source>
        <translation>模型的权重与其骨干网络 {0} 不符（{1}）</translation>
    </message>
    <message>
        <source>The model&apos;s weights of shape {0} do not fit {1} bits</source>
        <translation>形状为 {0} 的模型权重与 {1} 位不符</translation>
    </message>
    <message>
        <source>The model&apos;s weights or settings were changed or damaged</source>
        <translation>模型的权重或设置被更改或损坏</translation>
    </message>
    <message>
        <source>The model&apos;s weights {0} are no finite numbers</source>
        <translation>模型的权重 {0} 不是有限数</translation>
    </message>
    <message>
        <source>The photo {0} is left out: {1}</source>
        <translation>照片 {0} 不使用：{1}</translation>
    </message>
    <message>
        <source>The photos are safe. Move the file to another place and index the folders again</source>
        <translation>照片安全无恙。请将该文件移到别处，然后重新索引文件夹</translation>
    </message>
    <message>
        <source>The photos are safe. Start the program again and add their folders</source>
        <translation>照片是安全的。请重新启动程序并添加照片所在的文件夹</translation>
    </message>
    <message>
        <source>The photos are safe. Start the program again: it goes on with its newest copy</source>
        <translation>照片安全无恙。请重新启动程序：它会用最新的副本继续</translation>
    </message>
    <message>
        <source>The photos are safe. Start the program again: it goes on with its newest copy of the library</source>
        <translation>照片安全无恙。请重新启动程序：它会用图库的最新副本继续</translation>
    </message>
    <message>
        <source>The pretrained weights of {0} are not on this machine</source>
        <translation>本机没有 {0} 的预训练权重</translation>
    </message>
    <message>
        <source>The pretrained weights of {0} could not be downloaded</source>
        <translation>无法下载 {0} 的预训练权重</translation>
    </message>
    <message>
        <source>The same photos are in the classes {0} and stay on one side: {1}</source>
        <translation>同样的照片出现在类别 {0} 中，留在同一侧：{1}</translation>
    </message>
    <message>
        <source>There are no labelled photos{0}</source>
        <translation>没有带标签的照片{0}</translation>
    </message>
    <message>
        <source>There is a model of this name already</source>
        <translation>已有同名的模型</translation>
    </message>
    <message>
        <source>There is no backbone called {0}</source>
        <translation>没有名为 {0} 的骨干网络</translation>
    </message>
    <message>
        <source>This machine has no device {0}</source>
        <translation>本机没有设备 {0}</translation>
    </message>
    <message>
        <source>Too many open files</source>
        <translation>打开的文件过多</translation>
    </message>
    <message>
        <source>Transport endpoint is not connected</source>
        <translation>传输端点未连接</translation>
    </message>
    <message>
        <source>Try again in a moment</source>
        <translation>请稍后再试</translation>
    </message>
    <message>
        <source>Try again when the machine is idle</source>
        <translation>请在计算机空闲时重试</translation>
    </message>
    <message>
        <source>Update the library</source>
        <translation>请更新图库</translation>
    </message>
    <message>
        <source>Update the program</source>
        <translation>请更新程序</translation>
    </message>
    <message>
        <source>Use {0}, resnet50 or another name of the timm package</source>
        <translation>请使用 {0}、resnet50 或 timm 软件包中的其他名称</translation>
    </message>
    <message>
        <source>Use {0}, resnet50 or convnext_tiny</source>
        <translation>请使用 {0}、resnet50 或 convnext_tiny</translation>
    </message>
    <message>
        <source>Wait until it is done, or stop it</source>
        <translation>请等它完成，或将其停止</translation>
    </message>
    <message>
        <source>has the split {0}, not &apos;train&apos;, &apos;val&apos; or &apos;test&apos;</source>
        <translation>的划分为 {0}，而不是“train”“val”或“test”</translation>
    </message>
    <message>
        <source>Check the path and its permissions</source>
        <translation>请检查路径及其权限</translation>
    </message>
    <message>
        <source>A lesson needs at least two kinds with two readable photos each</source>
        <translation>一节课程至少需要两个类别,每个类别有两张可读的照片</translation>
    </message>
    <message>
        <source>A model learned from {0} of these {1} photos, so these do not ask</source>
        <translation>这 {1} 张照片中有 {0} 张被其中一个模型学过，所以它们不用来检索</translation>
    </message>
    <message>
        <source>Add photos, or check the kinds</source>
        <translation>请添加照片,或检查类别</translation>
    </message>
    <message>
        <source>Allow writing to its folder to bring it up to date</source>
        <translation>请允许写入其文件夹，以便更新图库</translation>
    </message>
    <message>
        <source>Another file came than the base weights of {0}</source>
        <translation>收到的文件不是 {0} 的基础权重</translation>
    </message>
    <message>
        <source>Begin it anew</source>
        <translation>请重新开始</translation>
    </message>
    <message>
        <source>Check that the photos can be reached and read, then try again</source>
        <translation>请确认照片可以访问和读取，然后重试</translation>
    </message>
    <message>
        <source>Check the file</source>
        <translation>请检查该文件</translation>
    </message>
    <message>
        <source>Check the paths in the labels</source>
        <translation>请检查标签中的路径</translation>
    </message>
    <message>
        <source>Choose a folder that may be written and has room</source>
        <translation>请选择可以写入且有空间的文件夹</translation>
    </message>
    <message>
        <source>Choose a shorter name without / \ : * ? &quot; &lt; &gt; |</source>
        <translation>请换一个较短的名称,不含 / \ : * ? &quot; &lt; &gt; |</translation>
    </message>
    <message>
        <source>Choose a shorter one without / \ : * ? &quot; &lt; &gt; |</source>
        <translation>请换一个较短的名称,不含 / \ : * ? &quot; &lt; &gt; |</translation>
    </message>
    <message>
        <source>Choose among {0}</source>
        <translation>请从 {0} 中选择</translation>
    </message>
    <message>
        <source>Choose an empty one</source>
        <translation>请选择一个空文件夹</translation>
    </message>
    <message>
        <source>Choose another folder</source>
        <translation>请选择其他文件夹</translation>
    </message>
    <message>
        <source>Choose another name for the model</source>
        <translation>请为模型另取一个名称</translation>
    </message>
    <message>
        <source>Choose another place</source>
        <translation>请选择其他位置</translation>
    </message>
    <message>
        <source>Choose folders first</source>
        <translation>请先选择文件夹</translation>
    </message>
    <message>
        <source>Choose one of the list</source>
        <translation>请从列表中选择</translation>
    </message>
    <message>
        <source>Choose one of the models</source>
        <translation>请从已有模型中选择一个</translation>
    </message>
    <message>
        <source>Choose one of {0}</source>
        <translation>请选择 {0} 之一</translation>
    </message>
    <message>
        <source>Choose other folders, or label some photos first</source>
        <translation>请选择其他文件夹,或先给一些照片加标签</translation>
    </message>
    <message>
        <source>Choose the folders that your photos lie in</source>
        <translation>请选择存放照片的文件夹</translation>
    </message>
    <message>
        <source>Choose {0} or {1}</source>
        <translation>请选择 {0} 或 {1}</translation>
    </message>
    <message>
        <source>Close other programs, choose a quick lesson, or fewer photos</source>
        <translation>请关闭其他程序,选择快速课程,或减少照片</translation>
    </message>
    <message>
        <source>Close other programs, or choose fewer photos</source>
        <translation>请关闭其他程序，或选择更少的照片</translation>
    </message>
    <message>
        <source>Connect the drive that they are on, then go on</source>
        <translation>接上它们所在的驱动器，然后继续</translation>
    </message>
    <message>
        <source>Connect the drive that they are on, then go on; what was learned is kept</source>
        <translation>请连接照片所在的驱动器，然后继续；已学到的内容会保留</translation>
    </message>
    <message>
        <source>Connect to the internet and try again, or give the file of the base weights</source>
        <translation>请连接互联网后重试，或提供基础权重文件</translation>
    </message>
    <message>
        <source>Correct it</source>
        <translation>请更正</translation>
    </message>
    <message>
        <source>Duplicate it under another name</source>
        <translation>请以其他名称复制它</translation>
    </message>
    <message>
        <source>Free some space, or allow writing to the library&apos;s folder</source>
        <translation>请腾出一些空间，或允许写入图库文件夹</translation>
    </message>
    <message>
        <source>Get the base weights first</source>
        <translation>请先获取基础权重</translation>
    </message>
    <message>
        <source>Get the rest later; what came is kept</source>
        <translation>请稍后获取其余部分；已收到的部分会保留</translation>
    </message>
    <message>
        <source>Give a CSV with path, part, x and y</source>
        <translation>请提供含 path、part、x 和 y 列的 CSV</translation>
    </message>
    <message>
        <source>Give a CSV with the class first and a column for each attribute</source>
        <translation>请提供首列为类别、每个属性占一列的 CSV</translation>
    </message>
    <message>
        <source>Give a file made from the photos that are learned from</source>
        <translation>请给出由所学习的照片生成的文件</translation>
    </message>
    <message>
        <source>Give a folder with one folder of photos for each class, or a CSV</source>
        <translation>请选择一个文件夹，其中每个类别各有一个照片文件夹；或提供 CSV</translation>
    </message>
    <message>
        <source>Give a model, or a file of a network&apos;s features</source>
        <translation>请给出一个模型，或一个网络特征文件</translation>
    </message>
    <message>
        <source>Give a model, or a file with features, photo and view</source>
        <translation>请给出一个模型，或含有 features、photo 和 view 的文件</translation>
    </message>
    <message>
        <source>Give four photos and more of each kind</source>
        <translation>每个类别请给出四张或更多照片</translation>
    </message>
    <message>
        <source>Give the file of the base weights instead</source>
        <translation>请改为提供基础权重文件</translation>
    </message>
    <message>
        <source>Go on from no model, or leave the local branches in</source>
        <translation>请不要以现有模型为起点，或保留局部分支</translation>
    </message>
    <message>
        <source>Go on with the same photos and settings, or begin anew</source>
        <translation>请用相同的照片和设置继续，或重新开始</translation>
    </message>
    <message>
        <source>Import it first</source>
        <translation>请先导入该模型</translation>
    </message>
    <message>
        <source>Import the model, and use it once</source>
        <translation>请导入该模型，并使用一次</translation>
    </message>
    <message>
        <source>It finds kinds it knew as before: {0} before, {1} now</source>
        <translation>原来认识的类别查找得和以前一样:之前 {0},现在 {1}</translation>
    </message>
    <message>
        <source>It finds kinds it knew worse than before: {0} before, {1} now</source>
        <translation>原来认识的类别查找得不如以前:之前 {0},现在 {1}</translation>
    </message>
    <message>
        <source>It finds your kinds about as well: {0} before, {1} now, of 1.00</source>
        <translation>查找你的类别与以前差不多:之前 {0},现在 {1}(满分 1.00)</translation>
    </message>
    <message>
        <source>It finds your kinds better: {0} before, {1} now, of 1.00</source>
        <translation>查找你的类别比以前好:之前 {0},现在 {1}(满分 1.00)</translation>
    </message>
    <message>
        <source>It finds your kinds worse: {0} before, {1} now, of 1.00</source>
        <translation>查找你的类别不如以前:之前 {0},现在 {1}(满分 1.00)</translation>
    </message>
    <message>
        <source>It has all it needs</source>
        <translation>它所需的都已齐备</translation>
    </message>
    <message>
        <source>Judge more classes, or leave out the table of attributes</source>
        <translation>请评测更多类别，或不使用属性表</translation>
    </message>
    <message>
        <source>Kinds with fewer than two readable photos are left out: {0}</source>
        <translation>可读照片少于两张的类别不参与:{0}</translation>
    </message>
    <message>
        <source>Known models: {0}</source>
        <translation>已知的模型：{0}</translation>
    </message>
    <message>
        <source>Leave out something else</source>
        <translation>请去掉其他部分</translation>
    </message>
    <message>
        <source>Leave out the choice, or use a CSV</source>
        <translation>请取消筛选，或改用 CSV</translation>
    </message>
    <message>
        <source>Let it end first</source>
        <translation>请先让它结束</translation>
    </message>
    <message>
        <source>Line {0} of the labels {1}</source>
        <translation>标签第 {0} 行{1}</translation>
    </message>
    <message>
        <source>Make room on the disk, or check that the folder may be written</source>
        <translation>请腾出磁盘空间，或检查该文件夹是否可写</translation>
    </message>
    <message>
        <source>Make room on the disk, or make the folder writable, then try again</source>
        <translation>请腾出磁盘空间，或让文件夹可写，然后重试</translation>
    </message>
    <message>
        <source>Make room on the disk, then go on</source>
        <translation>请腾出磁盘空间,然后继续</translation>
    </message>
    <message>
        <source>Make room on the disk, then go on with this training</source>
        <translation>请腾出磁盘空间，然后继续这次训练</translation>
    </message>
    <message>
        <source>Make room on the disk, then try again</source>
        <translation>请腾出磁盘空间,然后重试</translation>
    </message>
    <message>
        <source>Memory ran out: it goes on with {0} photos at a time</source>
        <translation>内存不足:改为每次 {0} 张照片继续</translation>
    </message>
    <message>
        <source>Move away what lies there</source>
        <translation>请移走那里的内容</translation>
    </message>
    <message>
        <source>No attribute tells the judged classes apart</source>
        <translation>没有属性能区分所评测的类别</translation>
    </message>
    <message>
        <source>No class is left</source>
        <translation>没有剩下任何类别</translation>
    </message>
    <message>
        <source>No photo belongs to the split {0}</source>
        <translation>没有照片属于划分 {0}</translation>
    </message>
    <message>
        <source>No photo of the split {0} can be used</source>
        <translation>划分 {0} 中没有可用的照片</translation>
    </message>
    <message>
        <source>No photos were kept back, so nothing can be said of how good it is</source>
        <translation>没有留出照片,因此无法判断效果如何</translation>
    </message>
    <message>
        <source>None of the labelled photos can be read</source>
        <translation>带标签的照片都无法读取</translation>
    </message>
    <message>
        <source>None of the photos has parts that are known</source>
        <translation>没有一张照片的部位是已知的</translation>
    </message>
    <message>
        <source>Nothing was written to it. Start the program again to use that one</source>
        <translation>未向其中写入任何内容。要使用那个图库，请重新启动程序</translation>
    </message>
    <message>
        <source>Of the nearest photos of others, {0} are the same as before</source>
        <translation>其他照片的最近邻中,{0} 与以前相同</translation>
    </message>
    <message>
        <source>Only few photos were kept back, so this may be chance</source>
        <translation>留出的照片很少,结果可能出于偶然</translation>
    </message>
    <message>
        <source>Only {0} other photos ask, and fewer than {1} tell nothing: choose photos that neither model learned from</source>
        <translation>只有 {0} 张其他照片可以用来检索，少于 {1} 张说明不了什么：请选择两个模型都没有学过的照片</translation>
    </message>
    <message>
        <source>Paths in the table of parts are relative to its folder</source>
        <translation>部位表中的路径相对于该表所在的文件夹</translation>
    </message>
    <message>
        <source>Photos beside the splits of their class are left out: {0}</source>
        <translation>类别中划分文件夹旁边的照片不使用：{0}</translation>
    </message>
    <message>
        <source>Photos changed since: the learning begins anew</source>
        <translation>照片在此期间有变动：重新开始学习</translation>
    </message>
    <message>
        <source>Photos in class folders have no columns to choose by</source>
        <translation>类别文件夹中的照片没有可供筛选的列</translation>
    </message>
    <message>
        <source>Save them as CSV with the encoding UTF-8</source>
        <translation>请以 UTF-8 编码另存为 CSV</translation>
    </message>
    <message>
        <source>Say where its photos lie here, or do not use this library</source>
        <translation>请指明其照片在此处的位置，或不要使用此图库</translation>
    </message>
    <message>
        <source>Share some there first</source>
        <translation>请先分享一些到那里</translation>
    </message>
    <message>
        <source>Start the program again to use that one</source>
        <translation>要使用那个图库，请重新启动程序</translation>
    </message>
    <message>
        <source>Stop it first</source>
        <translation>请先停止它</translation>
    </message>
    <message>
        <source>Take all of what is learned</source>
        <translation>请采用全部学习结果</translation>
    </message>
    <message>
        <source>That is more memory than this machine has left</source>
        <translation>这超过了这台电脑剩余的内存</translation>
    </message>
    <message>
        <source>The attributes say nothing of the class {0}</source>
        <translation>属性表中没有类别 {0} 的内容</translation>
    </message>
    <message>
        <source>The base weights cannot be kept ({0})</source>
        <translation>无法保存基础权重（{0}）</translation>
    </message>
    <message>
        <source>The base weights of {0} are being fetched already</source>
        <translation>{0} 的基础权重正在获取中</translation>
    </message>
    <message>
        <source>The base weights of {0} are not on this machine</source>
        <translation>这台电脑上没有 {0} 的基础权重</translation>
    </message>
    <message>
        <source>The base weights of {0} cannot be reached ({1})</source>
        <translation>无法访问 {0} 的基础权重（{1}）</translation>
    </message>
    <message>
        <source>The class {0} has no row in the table of attributes</source>
        <translation>属性表中没有类别 {0} 的行</translation>
    </message>
    <message>
        <source>The class {0} has two rows</source>
        <translation>类别 {0} 有两行</translation>
    </message>
    <message>
        <source>The download was interrupted after {0}</source>
        <translation>下载在完成 {0} 后中断</translation>
    </message>
    <message>
        <source>The file cannot be read ({0})</source>
        <translation>无法读取该文件（{0}）</translation>
    </message>
    <message>
        <source>The first line names the columns: path, class and perhaps split</source>
        <translation>首行应写明列名：path、class，可以再有 split</translation>
    </message>
    <message>
        <source>The labels are no CSV in UTF-8 ({0})</source>
        <translation>标签不是 UTF-8 编码的 CSV（{0}）</translation>
    </message>
    <message>
        <source>The labels cannot be read ({0})</source>
        <translation>标签无法读取（{0}）</translation>
    </message>
    <message>
        <source>The labels have no column {0}</source>
        <translation>标签缺少列 {0}</translation>
    </message>
    <message>
        <source>The model cannot be written there ({0})</source>
        <translation>模型无法写到那里（{0}）</translation>
    </message>
    <message>
        <source>The model&apos;s domains do not fit its backbone ({0})</source>
        <translation>该模型的领域与其骨干网络不符（{0}）</translation>
    </message>
    <message>
        <source>The model&apos;s weights give no numbers but infinite ones, so it makes no codes</source>
        <translation>模型的权重算不出有限的数值，因此无法生成编码</translation>
    </message>
    <message>
        <source>The model&apos;s weights {0} are variances below zero</source>
        <translation>模型的权重 {0} 含有小于零的方差</translation>
    </message>
    <message>
        <source>The network cannot look at this picture, most likely for want of memory</source>
        <translation>网络无法查看这张图片，很可能是内存不足</translation>
    </message>
    <message>
        <source>The photo {0} cannot be read: {1}</source>
        <translation>照片 {0} 无法读取:{1}</translation>
    </message>
    <message>
        <source>The photos are safe. Connect its drive or put its folder back; if it was deleted, this program can still write it again as it was</source>
        <translation>照片没有问题。请接上它所在的硬盘，或把文件夹放回原处；如果已被删除，本程序仍可原样重新写出</translation>
    </message>
    <message>
        <source>The recipe {0} has no fitted start that weights could be drawn to</source>
        <translation>训练方案 {0} 没有可供权重回归的拟合起点</translation>
    </message>
    <message>
        <source>The recipe {0} has no part {1}</source>
        <translation>训练方案 {0} 没有部分 {1}</translation>
    </message>
    <message>
        <source>The row of {0} has {1} cells, not {2}</source>
        <translation>{0} 的行有 {1} 个单元格，应为 {2} 个</translation>
    </message>
    <message>
        <source>The row of {0} has {1} where a number belongs</source>
        <translation>{0} 的行中应为数字的地方是 {1}</translation>
    </message>
    <message>
        <source>The rows of the table of attributes differ in length</source>
        <translation>属性表各行长度不一</translation>
    </message>
    <message>
        <source>The same picture is in several kinds: {0}</source>
        <translation>同一张图片在几个类别中:{0}</translation>
    </message>
    <message>
        <source>The state of the learning is damaged: it begins anew</source>
        <translation>学习的进度已损坏：重新开始学习</translation>
    </message>
    <message>
        <source>The table of attributes cannot be read</source>
        <translation>属性表无法读取</translation>
    </message>
    <message>
        <source>The table of attributes has values that are no percentages</source>
        <translation>属性表中有不是百分比的值</translation>
    </message>
    <message>
        <source>The table of attributes is empty</source>
        <translation>属性表是空的</translation>
    </message>
    <message>
        <source>The table of attributes is no CSV ({0})</source>
        <translation>属性表不是 CSV（{0}）</translation>
    </message>
    <message>
        <source>The table of attributes is too large</source>
        <translation>属性表过大</translation>
    </message>
    <message>
        <source>The table of attributes needs a header with a name for each, once</source>
        <translation>属性表需要标题行，每个属性一个名称且不重复</translation>
    </message>
    <message>
        <source>The table of parts cannot be read</source>
        <translation>部位表无法读取</translation>
    </message>
    <message>
        <source>The table of parts has places that are no numbers</source>
        <translation>部位表中有不是数字的位置</translation>
    </message>
    <message>
        <source>The table of parts is too long</source>
        <translation>部位表过长</translation>
    </message>
    <message>
        <source>The table of parts needs the columns path, part, x and y</source>
        <translation>部位表需要 path、part、x 和 y 列</translation>
    </message>
    <message>
        <source>The teacher&apos;s file is missing, damaged or holds no features of photos</source>
        <translation>教师文件缺失、损坏，或不含照片的特征</translation>
    </message>
    <message>
        <source>The teacher&apos;s file says nothing of these photos</source>
        <translation>教师文件中没有这些照片</translation>
    </message>
    <message>
        <source>The training cannot be resumed: its checkpoint is missing or damaged</source>
        <translation>训练无法继续：其存档缺失或已损坏</translation>
    </message>
    <message>
        <source>The training cannot go on ({0})</source>
        <translation>训练无法继续（{0}）</translation>
    </message>
    <message>
        <source>The training that was begun there had other photos or settings</source>
        <translation>在那里开始的训练用的是其他照片或设置</translation>
    </message>
    <message>
        <source>The training was begun by another version of this program</source>
        <translation>这次训练由本程序的其他版本开始</translation>
    </message>
    <message>
        <source>The training&apos;s state cannot be kept ({0})</source>
        <translation>训练状态无法保存（{0}）</translation>
    </message>
    <message>
        <source>The training&apos;s state cannot be read ({0})</source>
        <translation>无法读取训练的进度（{0}）</translation>
    </message>
    <message>
        <source>There are no photos of the class {0}</source>
        <translation>没有类别 {0} 的照片</translation>
    </message>
    <message>
        <source>There are no photos to learn from</source>
        <translation>没有可供学习的照片</translation>
    </message>
    <message>
        <source>There are {0} photos: {1} of each kind are compared on</source>
        <translation>共有 {0} 张照片：每一类用 {1} 张来比较</translation>
    </message>
    <message>
        <source>There are {0} photos: {1} of each kind are looked at, and teach</source>
        <translation>共有 {0} 张照片：每个种类检查并学习其中 {1} 张</translation>
    </message>
    <message>
        <source>There are {0} photos; {1} of a kind teach</source>
        <translation>共有 {0} 张照片；每个种类学习其中 {1} 张</translation>
    </message>
    <message>
        <source>There is no recipe {0}</source>
        <translation>没有名为 {0} 的训练方案</translation>
    </message>
    <message>
        <source>There is no such folder or photo</source>
        <translation>没有这样的文件夹或照片</translation>
    </message>
    <message>
        <source>There is no such teacher</source>
        <translation>没有这样的教师模型</translation>
    </message>
    <message>
        <source>There is no weighting {0} of pairs</source>
        <translation>没有名为 {0} 的配对权重</translation>
    </message>
    <message>
        <source>They have the SHA-256 {0}</source>
        <translation>其 SHA-256 应为 {0}</translation>
    </message>
    <message>
        <source>This is another file than the base weights of {0} or their list of kinds</source>
        <translation>此文件既不是 {0} 的基础权重，也不是其种类列表</translation>
    </message>
    <message>
        <source>Training needs at least two classes with two readable photos each{0}</source>
        <translation>训练至少需要两个类别，每类两张可读取的照片{0}</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Try again; the log says more</source>
        <translation>请重试；日志中有更多信息</translation>
    </message>
    <message>
        <source>Type one</source>
        <translation>请输入一个</translation>
    </message>
    <message>
        <source>Update the program, or move the file away and index the folders again</source>
        <translation>请更新程序，或移走该文件并重新索引文件夹</translation>
    </message>
    <message>
        <source>Wait for it</source>
        <translation>请等待它</translation>
    </message>
    <message>
        <source>Wait for it, or choose another name</source>
        <translation>请等待它完成，或另取名称</translation>
    </message>
    <message>
        <source>Wait until that is done</source>
        <translation>请等待其完成</translation>
    </message>
    <message>
        <source>What has a name that is no valid text is left out; rename it: {0}</source>
        <translation>名称不是有效文本的项目不使用，请重命名：{0}</translation>
    </message>
    <message>
        <source>Without {0} the recipe {1} learns nothing of the classes</source>
        <translation>去掉 {0} 后，训练方案 {1} 学不到类别</translation>
    </message>
    <message>
        <source>Write it like postgresql://USER:PASSWORD@HOST/DATABASE, with %40 for an @, %3A for a colon and %2F for a slash in the password</source>
        <translation>请写成 postgresql://USER:PASSWORD@HOST/DATABASE，密码中的 @ 写作 %40，冒号写作 %3A，斜杠写作 %2F</translation>
    </message>
    <message>
        <source>a folder of this library cannot be one of photos here</source>
        <translation>此图库中的一个文件夹在这里不能作为照片文件夹</translation>
    </message>
    <message>
        <source>a kind needs a name</source>
        <translation>类别需要名称</translation>
    </message>
    <message>
        <source>a label needs a name</source>
        <translation>标签需要名称</translation>
    </message>
    <message>
        <source>a lesson needs at least two kinds with two readable photos each</source>
        <translation>一节课程至少需要两个类别,每个类别有两张可读的照片</translation>
    </message>
    <message>
        <source>a model cannot have this name</source>
        <translation>模型不能用这个名称</translation>
    </message>
    <message>
        <source>a model that comes with the program is called {0} already</source>
        <translation>已有随程序提供的模型名为 {0}</translation>
    </message>
    <message>
        <source>a model that comes with the program keeps its name</source>
        <translation>随程序提供的模型不能改名</translation>
    </message>
    <message>
        <source>a newer version of Ahash made this file</source>
        <translation>此文件由更新版本的 Ahash 创建</translation>
    </message>
    <message>
        <source>a newer version of Ahash made this library</source>
        <translation>此图库由更新版本的 Ahash 创建</translation>
    </message>
    <message>
        <source>a part of the library is too large</source>
        <translation>图库的一部分过大</translation>
    </message>
    <message>
        <source>a part of the library is too large ({0})</source>
        <translation>图库的一部分过大（{0}）</translation>
    </message>
    <message>
        <source>a sample cannot have {0} classes of {1} photos</source>
        <translation>样本不能有 {0} 个类别、每类 {1} 张照片</translation>
    </message>
    <message>
        <source>another Ahash program is updating this library</source>
        <translation>另一个 Ahash 程序正在更新此图库</translation>
    </message>
    <message>
        <source>another library has taken the place of this one</source>
        <translation>另一个图库占据了此图库的位置</translation>
    </message>
    <message>
        <source>another program holds the settings</source>
        <translation>另一个程序正占用设置</translation>
    </message>
    <message>
        <source>cannot read this picture ({0})</source>
        <translation>无法读取此图片（{0}）</translation>
    </message>
    <message>
        <source>copies cannot be written ({0})</source>
        <translation>无法写入副本（{0}）</translation>
    </message>
    <message>
        <source>decoding it ({0} × {1} pixels) would take about {2} MB of memory and the limit is {3} MB</source>
        <translation>解码它（{0} × {1} 像素）约需 {2} MB 内存，而上限为 {3} MB</translation>
    </message>
    <message>
        <source>gives {0} a second class</source>
        <translation>给 {0} 指定了第二个类别</translation>
    </message>
    <message>
        <source>has no path or no class</source>
        <translation>没有路径或没有类别</translation>
    </message>
    <message>
        <source>it could not be opened within {0} seconds</source>
        <translation>未能在 {0} 秒内打开</translation>
    </message>
    <message>
        <source>it has {0} megapixels ({1} × {2}) and the limit is {3}</source>
        <translation>它有 {0} 百万像素（{1} × {2}），而上限为 {3}</translation>
    </message>
    <message>
        <source>it is a folder</source>
        <translation>它是一个文件夹</translation>
    </message>
    <message>
        <source>it is kept in the cloud only; make it available on this device</source>
        <translation>它只保存在云端；请将其设为在此设备上可用</translation>
    </message>
    <message>
        <source>it is no XMP</source>
        <translation>不是 XMP</translation>
    </message>
    <message>
        <source>its {0} data are damaged</source>
        <translation>其 {0} 数据已损坏</translation>
    </message>
    <message>
        <source>its {0} header promises too many pixels</source>
        <translation>其 {0} 文件头所示的像素过多</translation>
    </message>
    <message>
        <source>its {0} is neither a list nor a text</source>
        <translation>其中的 {0} 既不是列表也不是文字</translation>
    </message>
    <message>
        <source>its {0} is no plain value</source>
        <translation>其中的 {0} 不是简单的值</translation>
    </message>
    <message>
        <source>names a file outside the folder ({0})</source>
        <translation>指向文件夹之外的文件（{0}）</translation>
    </message>
    <message>
        <source>names no possible file</source>
        <translation>指向不可能存在的文件</translation>
    </message>
    <message>
        <source>no photo has a label there</source>
        <translation>那里没有带标签的照片</translation>
    </message>
    <message>
        <source>not one photo could be encoded with this model: the one before stays in use</source>
        <translation>没有一张照片能用此模型编码：继续使用原来的模型</translation>
    </message>
    <message>
        <source>nothing of the library is left, and there is no copy of it</source>
        <translation>图库已不复存在，也没有它的副本</translation>
    </message>
    <message>
        <source>only models that were imported or trained here can be removed</source>
        <translation>只能移除在此导入或训练的模型</translation>
    </message>
    <message>
        <source>opening it crashed the decoder</source>
        <translation>打开它时解码器崩溃</translation>
    </message>
    <message>
        <source>opening it takes up too much memory</source>
        <translation>打开它占用内存过多</translation>
    </message>
    <message>
        <source>row {0} holds a code of a model this library does not know</source>
        <translation>第 {0} 行的编码属于此图库未知的模型</translation>
    </message>
    <message>
        <source>row {0} makes no sense ({1})</source>
        <translation>第 {0} 行无法理解（{1}）</translation>
    </message>
    <message>
        <source>something that is no plain file has the name of the sidecar</source>
        <translation>附属文件的名称被某个非普通文件占用</translation>
    </message>
    <message>
        <source>the address of the database cannot be understood</source>
        <translation>无法理解数据库的地址</translation>
    </message>
    <message>
        <source>the archive has no codes of the model {0}</source>
        <translation>归档中没有模型 {0} 的编码</translation>
    </message>
    <message>
        <source>the database says: {0}</source>
        <translation>数据库报告：{0}</translation>
    </message>
    <message>
        <source>the disk failed while the library was read or written</source>
        <translation>读写图库时磁盘出错</translation>
    </message>
    <message>
        <source>the disk of the library is full</source>
        <translation>图库所在的磁盘已满</translation>
    </message>
    <message>
        <source>the drive reports a read error</source>
        <translation>驱动器报告读取错误</translation>
    </message>
    <message>
        <source>the ending of the file does not say what it is to be</source>
        <translation>文件的扩展名未说明其格式</translation>
    </message>
    <message>
        <source>the engine cannot be started ({0})</source>
        <translation>引擎无法启动（{0}）</translation>
    </message>
    <message>
        <source>the engine cannot be started: {0}</source>
        <translation>引擎无法启动：{0}</translation>
    </message>
    <message>
        <source>the engine keeps ending unexpectedly</source>
        <translation>引擎不断意外结束</translation>
    </message>
    <message>
        <source>the engine needs more memory than the {0} it may take up</source>
        <translation>引擎所需内存超过其可用上限 {0}</translation>
    </message>
    <message>
        <source>the engine was not ready within {0} seconds</source>
        <translation>引擎在 {0} 秒内未能就绪</translation>
    </message>
    <message>
        <source>the file cannot be read ({0})</source>
        <translation>无法读取该文件（{0}）</translation>
    </message>
    <message>
        <source>the file cannot be read: {0}</source>
        <translation>文件无法读取：{0}</translation>
    </message>
    <message>
        <source>the file cannot be written ({0})</source>
        <translation>文件无法写入（{0}）</translation>
    </message>
    <message>
        <source>the file does not contain a picture</source>
        <translation>文件中没有图片</translation>
    </message>
    <message>
        <source>the file ends before the picture does</source>
        <translation>图片尚未结束，文件就已结束</translation>
    </message>
    <message>
        <source>the file has no column {0}</source>
        <translation>文件没有列 {0}</translation>
    </message>
    <message>
        <source>the file has {0} MB and the limit is {1} MB</source>
        <translation>文件有 {0} MB，而上限为 {1} MB</translation>
    </message>
    <message>
        <source>the file holds something twice, or too much</source>
        <translation>文件中有重复或多余的内容</translation>
    </message>
    <message>
        <source>the file holds what is no library ({0})</source>
        <translation>文件中含有不属于图库的内容（{0}）</translation>
    </message>
    <message>
        <source>the file is damaged or no library</source>
        <translation>文件已损坏或不是图库</translation>
    </message>
    <message>
        <source>the file is empty</source>
        <translation>文件为空</translation>
    </message>
    <message>
        <source>the file is no library</source>
        <translation>文件不是图库</translation>
    </message>
    <message>
        <source>the file is no longer there</source>
        <translation>文件已不存在</translation>
    </message>
    <message>
        <source>the file was gone when its turn came</source>
        <translation>轮到该文件时它已不存在</translation>
    </message>
    <message>
        <source>the lesson cannot be kept ({0})</source>
        <translation>无法保存课程({0})</translation>
    </message>
    <message>
        <source>the library cannot be copied ({0})</source>
        <translation>图库无法复制（{0}）</translation>
    </message>
    <message>
        <source>the library cannot be copied to be read ({0})</source>
        <translation>无法复制图库以供读取（{0}）</translation>
    </message>
    <message>
        <source>the library cannot be exported ({0})</source>
        <translation>图库无法导出（{0}）</translation>
    </message>
    <message>
        <source>the library cannot be opened</source>
        <translation>图库无法打开</translation>
    </message>
    <message>
        <source>the library cannot be put back ({0})</source>
        <translation>无法放回图库（{0}）</translation>
    </message>
    <message>
        <source>the library cannot be rebuilt from its copy ({0})</source>
        <translation>图库无法从副本重建（{0}）</translation>
    </message>
    <message>
        <source>the library cannot be unpacked ({0})</source>
        <translation>图库无法解包（{0}）</translation>
    </message>
    <message>
        <source>the library cannot be written</source>
        <translation>图库无法写入</translation>
    </message>
    <message>
        <source>the library does not know this photo as it is now</source>
        <translation>图库中没有此照片的当前版本</translation>
    </message>
    <message>
        <source>the library folder cannot be made ({0})</source>
        <translation>图库文件夹无法创建（{0}）</translation>
    </message>
    <message>
        <source>the library has no such folder</source>
        <translation>图库中没有此文件夹</translation>
    </message>
    <message>
        <source>the library holds what this version of Ahash does not understand</source>
        <translation>图库中有此版本 Ahash 无法理解的内容</translation>
    </message>
    <message>
        <source>the library is damaged</source>
        <translation>图库已损坏</translation>
    </message>
    <message>
        <source>the library is damaged and another Ahash program uses it</source>
        <translation>图库已损坏，且另一个 Ahash 程序正在使用它</translation>
    </message>
    <message>
        <source>the library is damaged and there is no copy of it</source>
        <translation>图库已损坏，且没有副本</translation>
    </message>
    <message>
        <source>the library is damaged: this is no database</source>
        <translation>图库已损坏：这不是数据库</translation>
    </message>
    <message>
        <source>the library is gone</source>
        <translation>图库不见了</translation>
    </message>
    <message>
        <source>the library is in use by another program</source>
        <translation>图库正被另一个程序使用</translation>
    </message>
    <message>
        <source>the library lies on a network drive ({0}), where it is slow and may be damaged if two computers use it at once</source>
        <translation>图库位于网络驱动器（{0}），那里速度慢，且两台电脑同时使用可能使其损坏</translation>
    </message>
    <message>
        <source>the library was damaged and has been rebuilt from its copy of {0}</source>
        <translation>图库曾损坏，已用 {0} 的副本重建</translation>
    </message>
    <message>
        <source>the library&apos;s folder cannot be used ({0})</source>
        <translation>图库文件夹无法使用（{0}）</translation>
    </message>
    <message>
        <source>the library&apos;s folder cannot be written ({0})</source>
        <translation>图库文件夹无法写入（{0}）</translation>
    </message>
    <message>
        <source>the licence or the command is no valid text</source>
        <translation>许可或命令不是有效文本</translation>
    </message>
    <message>
        <source>the list cannot be written ({0})</source>
        <translation>无法写入列表({0})</translation>
    </message>
    <message>
        <source>the map cannot be kept ({0})</source>
        <translation>地图无法保存（{0}）</translation>
    </message>
    <message>
        <source>the map could not be made (its process ended with {0})</source>
        <translation>地图未能生成（其进程以 {0} 结束）</translation>
    </message>
    <message>
        <source>the memory of this machine does not do for this lesson</source>
        <translation>这台电脑的内存不足以完成这节课程</translation>
    </message>
    <message>
        <source>the model cannot be added ({0})</source>
        <translation>无法添加模型({0})</translation>
    </message>
    <message>
        <source>the model cannot be removed ({0})</source>
        <translation>模型无法移除（{0}）</translation>
    </message>
    <message>
        <source>the model has {0} bits but {1} {2}</source>
        <translation>模型有 {0} 位，却有 {1} 个 {2}</translation>
    </message>
    <message>
        <source>the model looks twice, but no map of it follows the subject</source>
        <translation>模型会看两次，但没有任何注意力图跟随主体</translation>
    </message>
    <message>
        <source>the model needs a newer version of this program (format {0})</source>
        <translation>该模型需要更新版本的程序（格式 {0}）</translation>
    </message>
    <message>
        <source>the model {0} no longer comes with the program, so only photos that it has seen can be searched</source>
        <translation>模型 {0} 已不再随程序提供，因此只能搜索它已看过的照片</translation>
    </message>
    <message>
        <source>the model&apos;s description has an impossible &apos;kind_names&apos;</source>
        <translation>模型说明中的“kind_names”不合理</translation>
    </message>
    <message>
        <source>the model&apos;s description has an impossible &apos;subject_map&apos;</source>
        <translation>该模型的描述中 &apos;subject_map&apos; 的值不可能成立</translation>
    </message>
    <message>
        <source>the model&apos;s description has an impossible {0}</source>
        <translation>模型描述中的 {0} 不可能成立</translation>
    </message>
    <message>
        <source>the model&apos;s description is nested too deeply</source>
        <translation>模型描述嵌套过深</translation>
    </message>
    <message>
        <source>the model&apos;s description is no JSON object</source>
        <translation>模型描述不是 JSON 对象</translation>
    </message>
    <message>
        <source>the model&apos;s description is no valid JSON</source>
        <translation>模型描述不是有效的 JSON</translation>
    </message>
    <message>
        <source>the model&apos;s description lacks {0}</source>
        <translation>模型描述缺少 {0}</translation>
    </message>
    <message>
        <source>the name of the photo is too long for a sidecar</source>
        <translation>照片的文件名太长，无法建立附属文件</translation>
    </message>
    <message>
        <source>the name of this folder is not valid text</source>
        <translation>此文件夹的名称不是有效文本</translation>
    </message>
    <message>
        <source>the network drive has lost the file; it is tried again by the next update</source>
        <translation>网络驱动器暂时找不到该文件；下次更新时会重试</translation>
    </message>
    <message>
        <source>the network failed ({0})</source>
        <translation>网络运行失败（{0}）</translation>
    </message>
    <message>
        <source>the photo cannot be read ({0})</source>
        <translation>无法读取照片（{0}）</translation>
    </message>
    <message>
        <source>the photo is not there, so no sidecar is written</source>
        <translation>照片不在，因此不写附属文件</translation>
    </message>
    <message>
        <source>the picture could not be decoded</source>
        <translation>图片无法解码</translation>
    </message>
    <message>
        <source>the picture could not be examined ({0})</source>
        <translation>图片无法分析（{0}）</translation>
    </message>
    <message>
        <source>the program does not open {0} files</source>
        <translation>本程序不打开 {0} 文件</translation>
    </message>
    <message>
        <source>the program is closing</source>
        <translation>程序正在关闭</translation>
    </message>
    <message>
        <source>the rows of this library do not belong together</source>
        <translation>此图库中的记录彼此不一致</translation>
    </message>
    <message>
        <source>the sample cannot be written ({0})</source>
        <translation>样本无法写入（{0}）</translation>
    </message>
    <message>
        <source>the settings cannot be kept ({0})</source>
        <translation>无法保存设置（{0}）</translation>
    </message>
    <message>
        <source>the settings cannot be read ({0})</source>
        <translation>无法读取设置（{0}）</translation>
    </message>
    <message>
        <source>the sidecar cannot be written ({0})</source>
        <translation>附属文件无法写入（{0}）</translation>
    </message>
    <message>
        <source>the sidecar that is there cannot be read ({0})</source>
        <translation>已有的附属文件无法读取（{0}）</translation>
    </message>
    <message>
        <source>the sidecar that is there is not understood and stays as it is ({0})</source>
        <translation>无法理解已有的附属文件，保持原样（{0}）</translation>
    </message>
    <message>
        <source>the sidecar that is there is read-only and stays as it is</source>
        <translation>已有的附属文件是只读的，保持原样</translation>
    </message>
    <message>
        <source>the work stopped, for its process was ended ({0})</source>
        <translation>工作停止了,因为它的进程被结束({0})</translation>
    </message>
    <message>
        <source>the {0} header says it has no pixels</source>
        <translation>{0} 文件头表明它没有像素</translation>
    </message>
    <message>
        <source>there are no photos to check</source>
        <translation>没有可检查的照片</translation>
    </message>
    <message>
        <source>there is a library in its place again</source>
        <translation>那里又有了一个图库</translation>
    </message>
    <message>
        <source>there is a model called {0} already</source>
        <translation>已有名为 {0} 的模型</translation>
    </message>
    <message>
        <source>there is no bit {0}</source>
        <translation>没有位 {0}</translation>
    </message>
    <message>
        <source>there is no file where one of the library should be</source>
        <translation>图库文件所在的位置不是文件</translation>
    </message>
    <message>
        <source>there is no library here</source>
        <translation>这里没有图库</translation>
    </message>
    <message>
        <source>there is no model named {0}</source>
        <translation>没有名为 {0} 的模型</translation>
    </message>
    <message>
        <source>there is no model to go back to</source>
        <translation>没有可以恢复的模型</translation>
    </message>
    <message>
        <source>there is no permission to open the library</source>
        <translation>没有打开图库的权限</translation>
    </message>
    <message>
        <source>there is no permission to read the file</source>
        <translation>没有读取文件的权限</translation>
    </message>
    <message>
        <source>there is no such folder</source>
        <translation>没有此文件夹</translation>
    </message>
    <message>
        <source>there is no such lesson</source>
        <translation>没有这样的课程</translation>
    </message>
    <message>
        <source>there is no such lesson, or it cannot be read</source>
        <translation>没有这样的课程,或无法读取</translation>
    </message>
    <message>
        <source>there is not enough memory to encode pictures</source>
        <translation>内存不足，无法为图片编码</translation>
    </message>
    <message>
        <source>there is not enough memory to open it</source>
        <translation>内存不足，无法打开</translation>
    </message>
    <message>
        <source>there is not enough memory to read the file</source>
        <translation>内存不足，无法读取文件</translation>
    </message>
    <message>
        <source>there is not enough memory to start the engine</source>
        <translation>内存不足，无法启动引擎</translation>
    </message>
    <message>
        <source>there is nothing to get for {0}</source>
        <translation>{0} 没有需要获取的内容</translation>
    </message>
    <message>
        <source>there is something in the library&apos;s folder already</source>
        <translation>图库文件夹中已有内容</translation>
    </message>
    <message>
        <source>there is too little space for a copy of the library</source>
        <translation>空间不足，无法存放图库副本</translation>
    </message>
    <message>
        <source>this file is not a library of Ahash</source>
        <translation>此文件不是 Ahash 的图库</translation>
    </message>
    <message>
        <source>this folder and another of the library overlap</source>
        <translation>此文件夹与图库中的另一个文件夹重叠</translation>
    </message>
    <message>
        <source>this folder holds the whole system, whose files are not photos of yours</source>
        <translation>此文件夹包含整个系统，其中的文件不是你的照片</translation>
    </message>
    <message>
        <source>this folder is no longer in the library</source>
        <translation>此文件夹已不在图库中</translation>
    </message>
    <message>
        <source>this folder was not found elsewhere</source>
        <translation>此文件夹并未在别处被找到</translation>
    </message>
    <message>
        <source>this is no whole Parquet file</source>
        <translation>这不是完整的 Parquet 文件</translation>
    </message>
    <message>
        <source>this lesson has no model yet</source>
        <translation>这节课程还没有模型</translation>
    </message>
    <message>
        <source>this lesson is being taught</source>
        <translation>这节课程正在进行</translation>
    </message>
    <message>
        <source>this lesson is being taught already</source>
        <translation>这节课程已经在进行</translation>
    </message>
    <message>
        <source>this library does not say which version of Ahash made it</source>
        <translation>此图库未说明由哪个版本的 Ahash 创建</translation>
    </message>
    <message>
        <source>this library holds parts that Ahash never makes and that might do harm</source>
        <translation>此图库含有 Ahash 从不创建且可能有害的内容</translation>
    </message>
    <message>
        <source>this library holds what no version of Ahash writes ({0}, {1})</source>
        <translation>此图库中有任何版本的 Ahash 都不会写入的内容（{0}，{1}）</translation>
    </message>
    <message>
        <source>this library lies where nothing can be written: it can be looked at and searched, and nothing in it changes</source>
        <translation>此图库所在位置无法写入：可以浏览和搜索，但其中的任何内容都不会更改</translation>
    </message>
    <message>
        <source>this model is in use</source>
        <translation>此模型正在使用</translation>
    </message>
    <message>
        <source>this model is not in the library</source>
        <translation>此模型不在图库中</translation>
    </message>
    <message>
        <source>this photo is no longer in the library</source>
        <translation>此照片已不在图库中</translation>
    </message>
    <message>
        <source>this picture cannot be used: {0}</source>
        <translation>此图片无法使用：{0}</translation>
    </message>
    <message>
        <source>this picture crashes the decoder or takes too long</source>
        <translation>此图片使解码器崩溃或耗时过长</translation>
    </message>
    <message>
        <source>this user may not read the file</source>
        <translation>当前用户无权读取该文件</translation>
    </message>
    <message>
        <source>this variety of {0} is not one the program can read</source>
        <translation>本程序无法读取这种 {0}</translation>
    </message>
    <message>
        <source>too few photos can be read to compare models on</source>
        <translation>可读的照片太少,无法比较模型</translation>
    </message>
    <message>
        <source>too many files are open</source>
        <translation>打开的文件过多</translation>
    </message>
    <message>
        <source>two folders of this library overlap</source>
        <translation>此图库中有两个文件夹互相重叠</translation>
    </message>
    <message>
        <source>what the photo says of itself is not understood and would be hidden ({0})</source>
        <translation>无法理解照片自身所带的信息，附属文件会将其遮蔽（{0}）</translation>
    </message>
    <message>
        <source>what was worked out cannot be kept ({0})</source>
        <translation>无法保存计算结果（{0}）</translation>
    </message>
    <message>
        <source>{0} ({1})</source>
        <translation>{0}（{1}）</translation>
    </message>
    <message>
        <source>{0} has no photo that can be read</source>
        <translation>{0} 没有可读的照片</translation>
    </message>
    <message>
        <source>{0} has one photo only, and two are needed to learn from</source>
        <translation>{0} 只有一张照片,学习至少需要两张</translation>
    </message>
    <message>
        <source>{0} has only {1} photos; thirty are a good start</source>
        <translation>{0} 只有 {1} 张照片;三十张是个好的开始</translation>
    </message>
    <message>
        <source>{0} has {1} photos and {2} {3}: every kind counts as much as any other, so nothing has to be done</source>
        <translation>{0} 有 {1} 张照片,{2} 有 {3} 张:每个类别同样重要,因此无需处理</translation>
    </message>
    <message>
        <source>{0} is blurred, or shows next to nothing</source>
        <translation>{0} 模糊,或几乎什么也没有</translation>
    </message>
    <message>
        <source>{0} is only {1} pixels high or wide</source>
        <translation>{0} 的高或宽只有 {1} 像素</translation>
    </message>
    <message>
        <source>{0} is said to be {1}, but looks like {2}</source>
        <translation>{0} 标为 {1},但看起来像 {2}</translation>
    </message>
    <message>
        <source>{0} is there {1} times; the copies stay on one side</source>
        <translation>{0} 出现了 {1} 次;副本留在同一侧</translation>
    </message>
    <message>
        <source>{0} of the {1} photos are no longer there</source>
        <translation>{1} 张照片中有 {0} 张已不在原处</translation>
    </message>
    <message>
        <source>{0} photos are left out ({1}): {2}</source>
        <translation>{0} 张照片不使用（{1}）：{2}</translation>
    </message>
    <message>
        <source>{0} photos are nearly the same as {1} and stay on one side</source>
        <translation>{0} 张照片与 {1} 几乎相同,留在同一侧</translation>
    </message>
    <message>
        <source>{0} photos are too few or too much alike for {1} bits</source>
        <translation>{0} 张照片对 {1} 位来说太少或过于相似</translation>
    </message>
    <message>
        <source>{0} photos cannot be reached now</source>
        <translation>现在有 {0} 张照片无法访问</translation>
    </message>
    <message>
        <source>{0} photos cannot be read and are left out: {1}</source>
        <translation>{0} 张照片无法读取,不参与:{1}</translation>
    </message>
    <message>
        <source>{0} photos have several of the keywords and are left out: {1}</source>
        <translation>{0} 张照片有多个关键字,不参与:{1}</translation>
    </message>
    <message>
        <source>{0}. {1}.</source>
        <translation>{0}。{1}。</translation>
    </message>
</context>
<context>
    <name>setup</name>
    <message>
        <source>How shall it learn?</source>
        <translation>怎样学习？</translation>
    </message>
</context>
<context>
    <name>sidecars</name>
    <message>
        <source>Sidecar</source>
        <translation>附属文件</translation>
    </message>
    <message>
        <source>Rating</source>
        <translation>星级</translation>
    </message>
    <message>
        <source>New keywords</source>
        <translation>新关键字</translation>
    </message>
    <message>
        <source>What happens</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>left alone: {reason}</source>
        <translation>未改动：{reason}</translation>
    </message>
    <message>
        <source>nothing new</source>
        <translation>没有新内容</translation>
    </message>
    <message>
        <source>keywords also in {lists}</source>
        <translation>关键字也写入 {lists}</translation>
    </message>
    <message>
        <source>takes along from the photo: {said}</source>
        <translation>并带上照片自身的信息：{said}</translation>
    </message>
    <message>
        <source>added to the one that is there</source>
        <translation>并入已有的文件</translation>
    </message>
    <message>
        <source>new</source>
        <translation>新建</translation>
    </message>
    <message>
        <source>its caption</source>
        <translation>图片说明</translation>
    </message>
    <message>
        <source>faces: {count}</source>
        <translation>人脸：{count}</translation>
    </message>
    <message>
        <source>all its XMP</source>
        <translation>其全部 XMP</translation>
    </message>
</context>
<context>
    <name>suggestions</name>
    <message>
        <source>{name}: sure of {sure} of {count}</source>
        <translation>{name}：{count} 张中有把握 {sure} 张</translation>
    </message>
    <message>
        <source>{name}, known to the network</source>
        <translation>{name}（网络自带）</translation>
    </message>
    <message>
        <source>not sure</source>
        <translation>没有把握</translation>
    </message>
    <message>
        <source>{percent} % sure</source>
        <translation>{percent}% 把握</translation>
    </message>
    <message>
        <source>the network was taught it</source>
        <translation>网络曾学过它</translation>
    </message>
    <message>
        <source>{count} of the {all} nearest are {name}</source>
        <translation>最相近的 {all} 张中有 {count} 张是 {name}</translation>
    </message>
</context>
<context>
    <name>train</name>
    <message>
        <source>It learns</source>
        <translation>正在学习</translation>
    </message>
    <message>
        <source>kinds</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Looking at the photos</source>
        <translation>正在查看照片</translation>
    </message>
    <message>
        <source>Learning</source>
        <translation>正在学习</translation>
    </message>
    <message>
        <source>Judging</source>
        <translation>正在评判</translation>
    </message>
    <message>
        <source>{phase}, round {round} of {rounds}</source>
        <translation>{phase}，第 {round} / {rounds} 轮</translation>
    </message>
    <message>
        <source>{done} of {all} photos</source>
        <translation>{done} / {all} 张照片</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>大约还需 {time}</translation>
    </message>
</context>
<context>
    <name>verdict</name>
    <message>
        <source>Better</source>
        <translation>变好了</translation>
    </message>
    <message>
        <source>No clear difference</source>
        <translation>没有明显差别</translation>
    </message>
    <message>
        <source>Worse</source>
        <translation>变差了</translation>
    </message>
    <message>
        <source>Cannot be said</source>
        <translation>无法判断</translation>
    </message>
</context>
<context>
    <name>wording</name>
    <message>
        <source>1 photo</source>
        <translation>1 张照片</translation>
    </message>
    <message>
        <source>{count} photos</source>
        <translation>{count} 张照片</translation>
    </message>
    <message>
        <source>1 problem</source>
        <translation>1 个问题</translation>
    </message>
    <message>
        <source>{count} problems</source>
        <translation>{count} 个问题</translation>
    </message>
    <message>
        <source>1 sidecar</source>
        <translation>1 个附属文件</translation>
    </message>
    <message>
        <source>{count} sidecars</source>
        <translation>{count} 个附属文件</translation>
    </message>
    <message>
        <source>no stars</source>
        <translation>无星</translation>
    </message>
    <message>
        <source>Updates are paused until you let them go on.</source>
        <translation>更新已暂停，直到你让它继续。</translation>
    </message>
    <message>
        <source>It goes on when there is mains power.</source>
        <translation>接通电源后继续。</translation>
    </message>
    <message>
        <source>It goes on when other programs are done.</source>
        <translation>其他程序完成后继续。</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} 分钟</translation>
    </message>
    <message>
        <source>{hours} h</source>
        <translation>{hours} 小时</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} 小时 {minutes} 分钟</translation>
    </message>
    <message>
        <source>{number} ms</source>
        <translation>{number} 毫秒</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number} 秒</translation>
    </message>
    <message>
        <source>all {n_bits} bits agree</source>
        <translation>{n_bits} 位全部一致</translation>
    </message>
    <message>
        <source>{distance} of {n_bits} bits differ</source>
        <translation>{n_bits} 位中有 {distance} 位不同</translation>
    </message>
    <message>
        <source>very close</source>
        <translation>非常接近</translation>
    </message>
    <message>
        <source>close</source>
        <translation>接近</translation>
    </message>
    <message>
        <source>loose</source>
        <translation>有些相像</translation>
    </message>
    <message>
        <source>not close</source>
        <translation>不接近</translation>
    </message>
    <message>
        <source>Very alike</source>
        <translation>非常相像</translation>
    </message>
    <message>
        <source>Alike</source>
        <translation>相像</translation>
    </message>
    <message>
        <source>Somewhat alike</source>
        <translation>有些相像</translation>
    </message>
    <message>
        <source>Not very alike</source>
        <translation>不太相像</translation>
    </message>
    <message>
        <source>bit {number}</source>
        <translation>第 {number} 位</translation>
    </message>
    <message>
        <source>Gone</source>
        <translation>已消失</translation>
    </message>
    <message>
        <source>No permission</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>Unreadable</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>Empty</source>
        <translation>空文件</translation>
    </message>
    <message>
        <source>Not a picture</source>
        <translation>不是图片</translation>
    </message>
    <message>
        <source>Not supported</source>
        <translation>不支持</translation>
    </message>
    <message>
        <source>Damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>Too large</source>
        <translation>过大</translation>
    </message>
    <message>
        <source>Too slow</source>
        <translation>过慢</translation>
    </message>
    <message>
        <source>Out of memory</source>
        <translation>内存不足</translation>
    </message>
    <message>
        <source>Crashed the reader</source>
        <translation>导致读取程序崩溃</translation>
    </message>
    <message>
        <source>{what}: {path}</source>
        <translation>{what}：{path}</translation>
    </message>
    <message>
        <source>{what}. {remedy}.</source>
        <translation>{what}。{remedy}。</translation>
    </message>
    <message>
        <source>Something went wrong that should not have: {error}.</source>
        <translation>发生了意外错误：{error}。</translation>
    </message>
    <message>
        <source>{what}.</source>
        <translation>{what}。</translation>
    </message>
</context>
<context>
    <name>words</name>
    <message>
        <source>not {name}</source>
        <translation>没有{name}</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>{model} is never sure that a photo has “{text}”; it can only tell which have it not.</source>
        <translation>{model} 从不能确定照片有“{text}”，只能说出哪些没有。</translation>
    </message>
    <message>
        <source>{model} is never sure that a photo lacks it (“{text}”); it can only tell which have it.</source>
        <translation>{model} 从不能确定照片没有它（“{text}”），只能说出哪些有。</translation>
    </message>
    <message>
        <source>{model} cannot tell “{text}”, so it is left out.</source>
        <translation>{model} 说不出“{text}”，因此不作要求。</translation>
    </message>
    <message>
        <source> Near it: {names}.</source>
        <translation>与之相近的有：{names}。</translation>
    </message>
    <message>
        <source>{name}  ·  {photos}</source>
        <translation>{name}  ·  {photos}</translation>
    </message>
</context>
</TS>
